"""What an API server may be told about who is let in, what is written down, and how secrets lie in the store."""

import json

from apiserver import OwnServer
from cases import case
from cluster import eventually
from elsewhere import Issuer, elsewhere
from kms import KeyService
from machine import run

AUDIT = """
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: RequestResponse, users: [kubernetes-admin], resources: [{resources: [configmaps]}]}
- {level: Metadata, nonResourceURLs: ["/version"]}
"""


@case("requests are written down as the audit policy says")
def audit(space):
    with OwnServer(space) as server:
        path = f"{server.folder}/logs/audit.log"
        server.start("--audit-policy-file", server.file("policy.yaml", AUDIT), "--audit-log-path", path)
        server.kubectl("create", "configmap", "written", "--from-literal=a=b")
        server.kubectl("delete", "configmap", "written", "--as=nobody", check=False)
        server.curl("/version", "-H", "Authorization: Bearer wrong", "-H", "Audit-ID: my-own")

        def events():
            with open(path) as file:
                return [json.loads(line) for line in file]

        eventually(lambda: len([e for e in events() if e.get("verb") in ("create", "delete", "get")]) >= 3)
        created = [e for e in events() if e["verb"] == "create"][0]
        assert created["requestObject"]["data"] == {"a": "b"}, created
        assert created["responseObject"]["metadata"]["uid"] and created["responseStatus"]["code"] == 201, created
        assert created["objectRef"]["name"] == "written" and created["sourceIPs"], created
        refused = [e for e in events() if e["verb"] == "delete"][0]
        assert refused["impersonatedUser"]["username"] == "nobody", refused
        assert refused["annotations"]["authorization.k8s.io/decision"] == "forbid", refused
        unknown = [e for e in events() if e["auditID"] == "my-own"][0]
        assert unknown["responseStatus"]["message"] == "Authentication failed, attempted: bearer", unknown
        assert not [e for e in events() if e["stage"] == "RequestReceived"]


def encryption(*providers):
    return json.dumps({
        "apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets", "configmaps"], "providers": list(providers)}]})


def keyed(provider, name, letter):
    import base64
    return {provider: {"keys": [{"name": name, "secret": base64.b64encode(letter.encode() * 32).decode()}]}}


@case("secrets lie in the store as the encryption configuration says, and keys are changed without a restart")
def encrypted(space):
    with OwnServer(space) as server:
        # What the server's own key made unreadable stays readable.
        server.start()
        server.kubectl("create", "secret", "generic", "before", "--from-literal=word=needle")
        server.stop()
        path = server.file("encryption.json", encryption(keyed("aesgcm", "one", "a"), {"identity": {}}))
        server.start("--encryption-provider-config", path, "--encryption-provider-config-automatic-reload")

        def word(name):
            return server.kubectl("get", "secret", name, "-o", "jsonpath={.data.word}")

        def stored(text):
            return server._cluster.on_node("grep", "-rlaF", text, f"{server.folder}/data/store", check=False).stdout != ""

        assert word("before") == "bmVlZGxl"
        server.kubectl("create", "secret", "generic", "first", "--from-literal=word=needle")
        assert stored("k8s:enc:aesgcm:v1:one:")
        server.file("encryption.json", encryption(
            keyed("secretbox", "two", "b"), keyed("aesgcm", "one", "a"), {"identity": {}}))
        names = iter(range(1000))

        def is_new():
            server.kubectl("create", "secret", "generic", f"next-{next(names)}", "--from-literal=word=needle")
            return stored("k8s:enc:secretbox:v1:two:")

        eventually(is_new, every=2)
        server.stop()
        server.start()
        assert word("before") == word("first") == word("next-0") == "bmVlZGxl"
        assert not stored("bmVlZGxl")


@case("a key management service keeps the key of secrets, gives another one, and may be away for a while")
def key_service(space):
    with OwnServer(space) as server, KeyService(server.folder) as service:
        path = server.file("encryption.json", encryption(
            {"kms": {"apiVersion": "v2", "name": "vault", "endpoint": f"unix://{service.socket}"}}, {"identity": {}}))
        server.start("--encryption-provider-config", path)

        def stored(text):
            return server._cluster.on_node("grep", "-rlaF", text, f"{server.folder}/data/store", check=False).stdout != ""

        def word(name):
            return server.kubectl("get", "secret", name, "-o", "jsonpath={.data.word}")

        assert "kms-providers ok" in server.kubectl("get", "--raw", "/readyz?verbose")
        server.kubectl("create", "secret", "generic", "first", "--from-literal=word=needle")
        assert word("first") == "bmVlZGxl" and stored("k8s:enc:kms:v2:vault:") and not stored("bmVlZGxl")
        # A server that starts anew asks for the key of what it finds, and writes with the service's new one.
        server.stop()
        service.say("two")
        server.start()
        server.kubectl("create", "secret", "generic", "second", "--from-literal=word=needle")
        assert word("first") == word("second") == "bmVlZGxl"
        # Without the service what is known stays known, and writes go on for a while.
        service.stop()
        server.kubectl("create", "secret", "generic", "third", "--from-literal=word=needle")
        assert word("first") == word("third") == "bmVlZGxl"


def who(server, token):
    """Whom the server takes the bearer of a token for: name and groups, or the code of its refusal."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    code, body = server.curl(
        "/apis/authentication.k8s.io/v1/selfsubjectreviews", "-H", f"Authorization: Bearer {token}", "-H",
        "Content-Type: application/json", "-d", json.dumps(review))
    if code != 201:
        return code
    user = json.loads(body)["status"]["userInfo"]
    return user["username"], user["groups"]


@case("tokens of an OpenID issuer let their users in, also after its keys have changed")
def openid(space):
    with elsewhere(space) as place, OwnServer(space) as server:
        issuer = Issuer(place)
        server.start("--oidc-issuer-url", issuer.url, "--oidc-client-id", "apus", "--oidc-ca-file", place.certificate,
                     "--oidc-groups-claim", "groups", "--oidc-groups-prefix", "team-")
        expected = (f"{issuer.url}#jane", ["team-dev", "system:authenticated"])
        eventually(lambda: who(server, issuer.token(sub="jane", groups=["dev"])) == expected)
        assert who(server, issuer.token(sub="jane", aud="other")) == 401
        assert who(server, issuer.token(sub="jane", exp=1)) == 401
        token = issuer.token(sub="jane", groups=["dev"])
        assert who(server, token[:-8] + "AAAAAAAA") == 401
        issuer.rotate()
        # The issuer is asked for newer keys, but not at every token that it did not sign.
        eventually(lambda: who(server, issuer.token(sub="jane", groups=["dev"])) == expected)


@case("an authentication configuration maps claims by expressions, and limits who stays anonymous")
def authentication(space):
    with elsewhere(space) as place, OwnServer(space) as server:
        issuer = Issuer(place)
        with open(place.certificate) as file:
            authority = file.read()
        configuration = {
            "apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration",
            "anonymous": {"enabled": True, "conditions": [{"path": "/livez"}]},
            "jwt": [{
                "issuer": {"url": issuer.url, "audiences": ["apus"], "certificateAuthority": authority},
                "claimValidationRules": [{"expression": "claims.tenant == 'acme'", "message": "strangers stay out"}],
                "claimMappings": {"username": {"expression": "'acme:' + claims.sub"},
                                  "groups": {"expression": "claims.roles.split(',')"}},
                "userValidationRules": [{"expression": "!user.username.startsWith('acme:root')", "message": "no root"}]}]}
        server.start("--authentication-config", server.file("authentication.json", json.dumps(configuration)))
        assert server.curl("/livez")[0] == 200
        assert server.curl("/readyz")[0] == 401
        expected = ("acme:tim", ["dev", "ops", "system:authenticated"])
        eventually(lambda: who(server, issuer.token(sub="tim", tenant="acme", roles="dev,ops")) == expected)
        assert who(server, issuer.token(sub="tim", tenant="other", roles="dev")) == 401
        assert who(server, issuer.token(sub="root", tenant="acme", roles="dev")) == 401


@case("tokens are known from a file and by a webhook, and a proxy in front says who asks")
def tokens(space):
    with elsewhere(space) as place, OwnServer(space) as server:
        place.answers["/tokens"] = lambda review: {**review, "status": {
            "authenticated": review["spec"]["token"] == "from-afar",
            "user": {"username": "remote", "groups": ["far"]}}}
        key, certificate = f"{server.folder}/proxy.key", f"{server.folder}/proxy.crt"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=front", "-addext", "extendedKeyUsage=clientAuth", "-keyout", key, "-out", certificate)
        server.start(
            "--token-auth-file", server.file("tokens.csv", 'from-file,local,7,"near,here"\n'),
            "--authentication-token-webhook-config-file", server.file("tokens.json", place.kubeconfig("/tokens")),
            "--requestheader-client-ca-file", certificate, "--requestheader-allowed-names", "front")
        assert who(server, "from-file") == ("local", ["near", "here", "system:authenticated"])
        assert who(server, "from-afar") == ("remote", ["far", "system:authenticated"])
        assert who(server, "unknown") == 401
        asked = len(place.asked)
        assert who(server, "from-afar") == ("remote", ["far", "system:authenticated"])
        assert len(place.asked) == asked
        review = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
        said = ("-H", "X-Remote-User: jane", "-H", "X-Remote-Group: dev", "-H", "Content-Type: application/json", "-d", review)
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        code, body = server.curl(path, "--cert", certificate, "--key", key, *said)
        assert code == 201, body
        user = json.loads(body)["status"]["userInfo"]
        assert (user["username"], user["groups"]) == ("jane", ["dev", "system:authenticated"]), user
        # Without the proxy's certificate the headers say nothing.
        assert server.curl(path, *said)[0] == 403


@case("authorizers are asked in the order of their file, and only about what their conditions say")
def authorization(space):
    with elsewhere(space) as place, OwnServer(space) as server:
        def judge(review):
            attributes = review["spec"].get("resourceAttributes", {})
            return {**review, "status": {"allowed": attributes.get("verb") == "get", "reason": "said from afar",
                                         "denied": attributes.get("verb") == "delete"}}

        place.answers["/rights"] = judge
        configuration = {
            "apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthorizationConfiguration",
            "authorizers": [
                {"type": "Node", "name": "node"},
                {"type": "Webhook", "name": "afar", "webhook": {
                    "timeout": "10s", "subjectAccessReviewVersion": "v1", "failurePolicy": "Deny",
                    "matchConditionSubjectAccessReviewVersion": "v1", "authorizedTTL": "60s", "unauthorizedTTL": "60s",
                    "connectionInfo": {"type": "KubeConfigFile",
                                       "kubeConfigFile": server.file("rights.json", place.kubeconfig("/rights"))},
                    "matchConditions": [{"expression": "has(request.resourceAttributes)"}, {
                        "expression": "request.resourceAttributes.resource == 'configmaps'"}]}},
                {"type": "RBAC", "name": "rbac"}]}
        server.start("--token-auth-file", server.file("tokens.csv", "secret,tim,7\n"),
                     "--authorization-config", server.file("authorization.json", json.dumps(configuration)))
        server.kubectl("create", "configmap", "seen", "--from-literal=a=b")

        def ask(path, *arguments):
            return server.curl(path, "-H", "Authorization: Bearer secret", *arguments)

        maps = "/api/v1/namespaces/default/configmaps"
        assert ask(f"{maps}/seen")[0] == 200
        asked = len(place.asked)
        assert ask(f"{maps}/seen")[0] == 200 and len(place.asked) == asked
        code, body = ask(f"{maps}/seen", "-X", "DELETE")
        assert code == 403 and "said from afar" in body, body
        # The webhook has no opinion, and so RBAC decides.
        assert ask(maps)[0] == 403
        assert ask("/api/v1/namespaces/default/secrets/seen")[0] == 403
        assert {body["spec"]["resourceAttributes"]["resource"] for _, body in place.asked} == {"configmaps"}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {
            "resourceAttributes": {"verb": "get", "resource": "configmaps", "namespace": "other"}}}
        said = ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "-H", "Content-Type: application/json", "-d",
                   json.dumps(review))[1]
        assert json.loads(said)["status"]["allowed"], said
        # Administrators are let through, whoever else is asked.
        server.kubectl("delete", "configmap", "seen")


@case("a request is told its flow, and waits or is refused as its priority level says")
def flows(space):
    with OwnServer(space) as server:
        server.start("--token-auth-file", server.file("tokens.csv", 'one,tim,7,"system:masters-not"\n'))
        names = server.kubectl("get", "flowschemas", "-o", "jsonpath={.items[*].metadata.name}").split()
        assert {"exempt", "probes", "system-nodes", "service-accounts", "global-default", "catch-all"} <= set(names), names
        assert "workload-low" in server.kubectl("get", "prioritylevelconfigurations", "-o", "name")

        def uid(kind, name):
            return server.kubectl("get", kind, name, "-o", "jsonpath={.metadata.uid}")

        def ask(*arguments):
            said = run("curl", "-sk", "-D", "-", f"{server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews", "-H",
                       "Authorization: Bearer one", "-H", "Content-Type: application/json", "-d", json.dumps(
                           {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}), *arguments)
            lines = [line.strip() for line in said.split("\n")]
            headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line and not line.startswith("{"))
            return int(lines[0].split()[1]), headers

        code, headers = ask()
        assert code == 201, headers
        assert headers["x-kubernetes-pf-flowschema-uid"] == uid("flowschema", "global-default"), headers
        assert headers["x-kubernetes-pf-prioritylevel-uid"] == uid("prioritylevelconfiguration", "global-default"), headers
        for manifest in [
            {"kind": "PriorityLevelConfiguration", "metadata": {"name": "jail"}, "spec": {
                "type": "Limited", "limited": {"nominalConcurrencyShares": 0, "limitResponse": {"type": "Reject"}}}},
            {"kind": "FlowSchema", "metadata": {"name": "jail"}, "spec": {
                "priorityLevelConfiguration": {"name": "jail"}, "matchingPrecedence": 50, "rules": [{
                    "subjects": [{"kind": "User", "user": {"name": "tim"}}],
                    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"],
                                       "clusterScope": True}]}]}},
        ]:
            server.kubectl("create", "-f", "-", input=json.dumps(
                {"apiVersion": "flowcontrol.apiserver.k8s.io/v1", **manifest}))
        code, headers = ask()
        assert code == 429 and headers["retry-after"] == "1", (code, headers)
        assert headers["x-kubernetes-pf-flowschema-uid"] == uid("flowschema", "jail"), headers
        server.kubectl("delete", "flowschema", "jail")
        assert ask()[0] == 201


@case("images are asked about elsewhere, the answer is remembered, and silence is no consent")
def image_policy(space):
    with elsewhere(space) as place, OwnServer(space) as server:
        place.answers["/images"] = lambda review: {**review, "status": {
            "allowed": all(one["image"].startswith("good/") for one in review["spec"]["containers"]),
            "reason": "not one of ours"}}

        def flags(path):
            policy = {"imagePolicy": {"kubeConfigFile": server.file("images.json", place.kubeconfig(path)),
                                      "allowTTL": 60, "denyTTL": 60, "retryBackoff": 2, "defaultAllow": False}}
            return ("--enable-admission-plugins=ImagePolicyWebhook", "--disable-admission-plugins=ServiceAccount",
                    "--admission-control-config-file", server.file("admission.json", json.dumps({
                        "apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration",
                        "plugins": [{"name": "ImagePolicyWebhook", "configuration": policy}]})))

        def start(name, image):
            return server.kubectl("run", name, f"--image={image}", "--annotations=mine.image-policy.k8s.io/ticket=7",
                                  check=False)

        server.start(*flags("/images"))
        refused = start("bad", "evil/one")
        assert "image policy webhook backend denied one or more images: not one of ours" in refused.stderr, refused
        assert start("first", "good/one").returncode == 0
        asked = [body for path, body in place.asked if path == "/images"]
        assert asked[-1]["spec"] == {"containers": [{"image": "good/one"}], "namespace": "default",
                                     "annotations": {"mine.image-policy.k8s.io/ticket": "7"}}, asked
        assert start("second", "good/one").returncode == 0
        assert len([path for path, _ in place.asked if path == "/images"]) == len(asked)
        del place.answers["/images"]
        refused = start("third", "good/other")
        assert "is forbidden: an error on the server" in refused.stderr, refused
