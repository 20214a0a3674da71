"""What a client sees of the API server beside the objects: headers, forms, paths that are not there."""

import gzip
import json

from apiserver import OwnServer
from cases import case
from machine import run


class Client:
    """curl as the administrator."""

    def __init__(self, server):
        self._server = server
        self._keys = {}
        for name in ("certificate-authority", "client-certificate", "client-key"):
            path = server.file(f"{name}.pem", server.kubectl(
                "config", "view", "--raw", "-o", "jsonpath={..%s-data}" % name))
            run("sh", "-c", f"base64 -d {path} > {path}.plain")
            self._keys[name] = f"{path}.plain"

    def ask(self, path, *arguments):
        """The headers, names in lower case, and the body as bytes."""
        body, head = f"{self._server.folder}/body", f"{self._server.folder}/head"
        run("curl", "-sS", "--cacert", self._keys["certificate-authority"], "--cert", self._keys["client-certificate"],
            "--key", self._keys["client-key"], "-D", head, "-o", body, f"{self._server.url}{path}", *arguments)
        with open(head) as file:
            lines = [line.strip().split(": ", 1) for line in file if ": " in line]
        with open(body, "rb") as file:
            return {name.lower(): value for name, value in lines}, file.read()


@case("answers carry what upstream's carry, in the form that was asked for")
def answers(space):
    with OwnServer(space) as server:
        server.start()
        client = Client(server)
        paths = json.loads(server.kubectl("get", "--raw", "/"))["paths"]
        assert {"/api/v1", "/apis/apps/v1", "/healthz/ping", "/openapi/v3", "/version"} <= set(paths), paths

        head, body = client.ask("/api/v1/namespaces/default", "-H", "Audit-ID: mine")
        assert head["audit-id"] == "mine" and head["date"].endswith(" GMT"), head
        assert body.startswith(b'{\n  "apiVersion": "v1",\n  "kind"'), body
        for way in (["-A", "somebody"], ["-H", "Accept: application/json", "-A", "curl"]):
            query = "" if "somebody" in way else "?pretty=false"
            head, body = client.ask(f"/api/v1/namespaces/default{query}", *way)
            assert len(head["audit-id"]) == 36 and body.startswith(b'{"apiVersion":"v1","kind"'), body

        head, body = client.ask("/nowhere")
        assert body == b"404 page not found\n" and head["x-content-type-options"] == "nosniff", (head, body)
        _, body = client.ask("/api/v1/nowhere")
        assert json.loads(body)["message"] == "the server could not find the requested resource", body


@case("large lists are compressed for who accepts it, and only for them")
def compressed(space):
    with OwnServer(space) as server:
        server.start()
        client = Client(server)
        items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c-{n}"}, "data": {"a": f"{n}" * 300}}
                 for n in range(300)]
        server.kubectl("create", "-f", server.file("list.json", json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": items})))
        path = "/api/v1/namespaces/default/configmaps"
        wants = ("-A", "somebody", "-H", "Accept-Encoding: gzip")
        head, plain = client.ask(path, "-A", "somebody")
        assert "content-encoding" not in head and len(plain) > 128 * 1024, head
        for media in ("application/json", "application/vnd.kubernetes.protobuf"):
            _, plain = client.ask(path, "-A", "somebody", "-H", f"Accept: {media}")
            # The second time pieces of the first are used again.
            for _ in range(2):
                head, body = client.ask(path, *wants, "-H", f"Accept: {media}")
                assert head["content-encoding"] == "gzip" and head["vary"] == "Accept-Encoding", head
                assert gzip.decompress(body) == plain and len(body) < len(plain) / 3
        server.kubectl("label", "configmap", "c-150", "-n", "default", "changed=yes")
        _, plain = client.ask(path, "-A", "somebody")
        assert gzip.decompress(client.ask(path, *wants)[1]) == plain
        head, _ = client.ask(path + "?limit=10", *wants)
        assert "content-encoding" not in head, head
        assert server.kubectl("get", "configmaps", "-n", "default", "-o", "name").count("configmap/c-") == 300

    with OwnServer(space) as server:
        server.start("--feature-gates", "APIResponseCompression=false")
        head, _ = Client(server).ask("/openapi/v2", *wants)
        assert "content-encoding" not in head, head


@case("a list of megabytes comes whole, in every form, and who stops reading stops nobody else")
def long(space):
    with OwnServer(space) as server:
        server.start()
        client = Client(server)
        items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c-{n}"}, "data": {"a": f"{n} " * 12000}}
                 for n in range(150)]
        server.kubectl("create", "-f", server.file("list.json", json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": items})))
        path = "/api/v1/namespaces/default/configmaps"
        protobuf = ("-H", "Accept: application/vnd.kubernetes.protobuf")
        for accept in ((), protobuf):
            wholes = set()
            for protocol in ("--http1.1", "--http2"):
                head, plain = client.ask(path, protocol, "-A", "somebody", *accept)
                assert len(plain) > 4 << 20, head
                _, packed = client.ask(path, protocol, "-A", "somebody", "-H", "Accept-Encoding: gzip", *accept)
                _, slow = client.ask(path, protocol, "-A", "somebody", "--limit-rate", "4M", *accept)
                wholes |= {plain, gzip.decompress(packed), slow}
            assert len(wholes) == 1
        listed = json.loads(client.ask(path, "-A", "somebody")[1])["items"]
        shown = [item["data"] for item in listed if item["metadata"]["name"].startswith("c-")]
        assert len(shown) == 150 and all(item["data"] in shown for item in items)

        for protocol in ("--http1.1", "--http2"):
            try:
                client.ask(path, protocol, "-A", "somebody", "--limit-rate", "1k", "--max-time", "1")
                raise AssertionError("seconds were enough for megabytes at a kilobyte a second")
            except AssertionError as error:
                assert "ended with 28" in str(error), error
            assert len(client.ask(path, protocol, "-A", "somebody")[1]) > 4 << 20


@case("what upstream's router does not know is refused in its words")
def router(space):
    with OwnServer(space) as server:
        server.start()
        client = Client(server)
        pods = "/api/v1/namespaces/default/pods"
        for method, path in (("PUT", pods), ("PATCH", pods), ("POST", pods + "/a"), ("DELETE", "/api/v1/pods"),
                             ("TRACE", pods), ("OPTIONS", pods), ("GET", pods + "/a/binding"), ("POST", "/version")):
            head, body = client.ask(path, "-X", method, "-A", "somebody")
            status = json.loads(body)
            assert status["code"] == 405 and status["details"] == {}, (method, path, status)
            assert status["message"] == "the server does not allow this method on the requested resource", status
        for path in ("/api/v1/bindings", pods + "/a/nothing", "/apis/apps/v1/nothing"):
            assert json.loads(client.ask(path)[1])["message"] == "the server could not find the requested resource"
        # A name in the path is an object, whatever is said of watching.
        assert json.loads(client.ask(pods + "/a?watch=1")[1])["message"] == 'pods "a" not found'
        assert json.loads(client.ask(pods + "//log")[1])["message"] == "name must be provided"
        bindings = "/apis/rbac.authorization.k8s.io/v1/clusterroles?fieldSelector=metadata.namespace"
        assert json.loads(client.ask(bindings + "%3Dx")[1])["items"] == []
        assert json.loads(client.ask(bindings + "%3D")[1])["items"]
        refused = json.loads(client.ask("/api/v1/nodes?fieldSelector=metadata.namespace%3Dx")[1])
        assert refused["message"] == "field label not supported: metadata.namespace", refused


@case("admission plugins are turned on and off by upstream's flags")
def plugins(space):
    with OwnServer(space) as server:
        server.start("--enable-admission-plugins", "AlwaysPullImages,NamespaceAutoProvision",
                     "--disable-admission-plugins", "ServiceAccount")
        pod = json.loads(server.kubectl(
            "run", "a", "-n", "fresh", "--image=i", "--image-pull-policy=Never", "-o", "json"))
        assert pod["spec"]["containers"][0]["imagePullPolicy"] == "Always", pod["spec"]
        assert "serviceAccountName" not in pod["spec"], pod["spec"]
        server.kubectl("get", "namespace", "fresh")
    said = run(space.cluster.binary, "apiserver", "--enable-admission-plugins", "Nothing", check=False)
    assert 'enable-admission-plugins plugin "Nothing" is unknown' in said.stderr, said


@case("versions are served as --runtime-config says, from discovery to OpenAPI")
def enablement(space):
    with OwnServer(space) as server:
        for said, words in (("shop/v1=true", "unknown api groups shop"),
                            ("apps/v7=true", "group version apps/v7 that has not been registered"),
                            ("api/beta=yes", "invalid value api/beta=yes")):
            done = run(space.cluster.binary, "apiserver", "--data-dir", f"{server.folder}/refused",
                       f"--runtime-config={said}", check=False)
            assert done.returncode != 0 and words in done.stderr, done
        server.start("--runtime-config=api/beta=true,apps/v1/daemonsets=false")
        versions = server.kubectl("api-versions").split()
        assert {"networking.k8s.io/v1beta1", "resource.k8s.io/v1beta1", "apps/v1"} <= set(versions), versions
        names = server.kubectl("api-resources", "--api-group=apps", "-o", "name").split()
        assert "deployments.apps" in names and "daemonsets.apps" not in names, names
        done = server.kubectl("get", "servicecidrs.v1beta1.networking.k8s.io", "kubernetes", "-o", "name")
        assert done == "servicecidr.networking.k8s.io/kubernetes\n", done
        explained = server.kubectl("explain", "servicecidr.spec.cidrs", "--api-version=networking.k8s.io/v1beta1")
        assert "v1beta1" in explained, explained
        assert server.kubectl("get", "daemonsets", check=False).returncode != 0
