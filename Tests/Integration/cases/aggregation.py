"""Extension API servers: what an APIService names is served through the cluster's own server."""

import contextlib
import json
import os
import subprocess
import tempfile

from cases import case
from cluster import end, eventually
from extension import NotesServer
from gaps import known_gaps
from machine import run

# Kubernetes' own: https://github.com/kubernetes/sample-apiserver
SAMPLE = os.environ.get("SAMPLE_APISERVER", "")


def service(name, space, address, port):
    """A Service with one endpoint that is no pod."""
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": space.name},
         "spec": {"ports": [{"port": 443, "targetPort": port}]}},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
         "metadata": {"name": name, "namespace": space.name, "labels": {"kubernetes.io/service-name": name}},
         "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
         "ports": [{"name": "", "port": port, "protocol": "TCP"}]}]


def registration(group, space, name, **spec):
    return {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": f"v1.{group}"},
            "spec": {"group": group, "version": "v1", "groupPriorityMinimum": 2000, "versionPriority": 10,
                     "service": {"name": name, "namespace": space.name}, **spec}}


def condition(space, name):
    return next((c for c in json.loads(space.kubectl("get", "apiservice", name, "-o", "json"))
                 .get("status", {}).get("conditions", []) if c["type"] == "Available"), {})


@contextlib.contextmanager
def notes(space):
    """A notes server, registered and available."""
    group = f"{space.name}.example.com"
    with tempfile.TemporaryDirectory() as folder:
        server = NotesServer(group, space.cluster.machine.outside, folder, f"notes.{space.name}.svc",
                             f"{space.cluster.folder}/data/pki/front-proxy-ca.crt")
        items = service("notes", space, space.cluster.machine.outside, server.port)
        space.apply({"apiVersion": "v1", "kind": "List", "items": items})
        space.kubectl("apply", "-f", "-", input=json.dumps(registration(group, space, "notes", caBundle=server.authority)))
        try:
            space.kubectl("wait", "--for=condition=Available", f"apiservice/v1.{group}", "--timeout=30s")
            yield server
        finally:
            space.kubectl("delete", "apiservice", f"v1.{group}", "--ignore-not-found")
            with contextlib.suppress(OSError):
                server.stop()


@case("an extension API server is asked for its group, told who asks, and answers as it comes")
def passes_on(space):
    with notes(space) as server:
        assert condition(space, f"v1.{server.group}")["reason"] == "Passed"
        path = f"/apis/{server.group}/v1/namespaces/{space.name}/notes"
        server.put(space.name, "first", "remember")
        got = json.loads(space.kubectl("get", "--raw", f"{path}/first"))
        assert got["text"] == "remember", got
        _, headers, certificate = next(a for a in reversed(server.asked) if a[0] == f"{path}/first")
        assert certificate == "front-proxy-client", certificate
        assert headers["X-Remote-User"] == "kubernetes-admin", headers
        assert set(headers.get_all("X-Remote-Group")) == {"system:masters", "system:authenticated"}, headers
        assert headers["X-Remote-Extra-authentication.kubernetes.io%2Fcredential-id"], headers
        assert headers["Authorization"] is None, headers
        # As somebody else, who has to be let in first.
        done = space.kubectl("get", "--raw", path, "--as=jane", check=False)
        assert "Forbidden" in done.stderr or "forbidden" in done.stderr, done.stderr
        space.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"}, "rules": [
            {"apiGroups": [server.group], "resources": ["notes"], "verbs": ["list", "watch"]}]})
        space.kubectl("create", "rolebinding", "reader", "--role=reader", "--user=jane")
        space.kubectl("get", "--raw", path, "--as=jane", "--as-group=writers")
        _, headers, _ = next(a for a in reversed(server.asked) if a[0] == path)
        assert headers["X-Remote-User"] == "jane" and "writers" in headers.get_all("X-Remote-Group"), headers
        assert headers["Impersonate-User"] is None, headers
        # A watch goes on, and its events come one by one.
        watching = space.cluster.start_kubectl("get", "--raw", f"{path}?watch=true")
        try:
            assert json.loads(watching.stdout.readline())["object"]["metadata"]["name"] == "first"
            server.put(space.name, "second", "soon")
            assert json.loads(watching.stdout.readline())["object"]["metadata"]["name"] == "second"
        finally:
            end(watching)


@case("an APIService says why it cannot be used, and its group is not served meanwhile")
def unavailable(space):
    group = f"{space.name}.example.com"
    name = f"v1.{group}"

    def says(reason, message):
        eventually(lambda: condition(space, name).get("reason") == reason)
        found = condition(space, name)
        assert found["status"] == "False" and found["message"].startswith(message), found
        done = space.kubectl("get", "--raw", f"/apis/{group}/v1", check=False)
        assert "the server is currently unable to handle the request" in done.stderr, done.stderr

    where = f'service/notes in "{space.name}"'
    outside = space.cluster.machine.outside
    space.kubectl("apply", "-f", "-", input=json.dumps(registration(group, space, "notes", insecureSkipTLSVerify=True)))
    try:
        says("ServiceNotFound", f"{where} is not present")
        port, slice = service("notes", space, outside, 9)
        space.apply({**port, "spec": {"ports": [{"port": 80}]}})
        says("ServicePortError", f"{where} is not listening on port 443")
        space.apply(port)
        says("EndpointsNotFound", f"cannot find endpointslices for {where}")
        space.apply({**slice, "endpoints": []})
        says("MissingEndpoints", f'endpointslices for {where} have no addresses with port name ""')
        space.apply(slice)
        says("FailedDiscoveryCheck", "failing or missing response from https://")
    finally:
        space.kubectl("delete", "apiservice", name)


@case("every group version of the server has an APIService, and extension servers can read whom to believe")
def registers(space):
    found = json.loads(space.kubectl("get", "apiservices", "-o", "json"))["items"]
    by_name = {item["metadata"]["name"]: item for item in found}
    apps = by_name["v1.apps"]
    assert apps["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "onstart"}, apps
    assert apps["spec"] == {"group": "apps", "version": "v1", "groupPriorityMinimum": 17800, "versionPriority": 15}, apps
    assert by_name["v1."]["spec"] == {"version": "v1", "groupPriorityMinimum": 18000, "versionPriority": 1}, by_name["v1."]
    local = {"type": "Available", "status": "True", "reason": "Local", "message": "Local APIServices are always available"}
    assert eventually(lambda: condition(space, "v1.apps")).items() >= local.items(), condition(space, "v1.apps")
    group = f"{space.name}.example.org"
    space.kubectl("apply", "-f", "-", input=json.dumps({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"things.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"}, "versions": [{
            "name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}))
    space.kubectl("wait", "--for=condition=Available", f"apiservice/v1.{group}", "--timeout=20s")
    spec = json.loads(space.kubectl("get", "apiservice", f"v1.{group}", "-o", "json"))["spec"]
    assert (spec["groupPriorityMinimum"], spec["versionPriority"]) == (1000, 100), spec
    space.kubectl("delete", "crd", f"things.{group}")
    space.kubectl("wait", "--for=delete", f"apiservice/v1.{group}", "--timeout=20s")
    trust = ("-n", "kube-system", "configmap", "extension-apiserver-authentication")
    # Whoever takes something away gets it back.
    space.kubectl("patch", *trust, "--type=merge", "-p", '{"data": {"requestheader-allowed-names": null}}')
    data = eventually(lambda: (d := json.loads(space.kubectl("get", *trust, "-o", "json"))["data"])
                      .get("requestheader-allowed-names") and d)
    assert data["requestheader-allowed-names"] == '["front-proxy-client"]', data
    assert data["requestheader-username-headers"] == '["X-Remote-User"]', data
    with open(f"{space.cluster.folder}/data/pki/front-proxy-ca.crt") as file:
        assert data["requestheader-client-ca-file"].strip() == file.read().strip(), data
    with open(f"{space.cluster.folder}/data/pki/ca.crt") as file:
        assert data["client-ca-file"].strip() == file.read().strip(), data


@case("kubectl finds the kinds of an extension API server, explains them, and is told when it has gone")
def is_discovered(space):
    with notes(space) as server:
        group = server.group
        eventually(lambda: f"{group}/v1" in space.kubectl("api-resources", f"--api-group={group}", "--cached=false"))
        server.put(space.name, "first", "remember")
        assert space.kubectl("get", server.short_name, "-o", "name").strip() == f"note.{group}/first"
        space.kubectl("create", "-f", "-", input=json.dumps({
            "apiVersion": f"{group}/v1", "kind": "Note", "metadata": {"name": "second"}, "text": "more"}))
        assert server.notes[(space.name, "second")]["text"] == "more", server.notes
        explained = space.kubectl("explain", "notes.text", f"--api-version={group}/v1")
        assert "What is to be remembered." in explained, explained
        whole = json.loads(space.kubectl("get", "--raw", "/openapi/v2"))
        assert whole["definitions"]["example.notes.Note"]["type"] == "object"
        assert "uid" in whole["definitions"]["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]["properties"]
        assert f"/apis/{group}/v1/namespaces/{{namespace}}/notes/{{name}}" in whole["paths"]
        groups = [g["name"] for g in json.loads(space.kubectl("get", "--raw", "/apis"))["groups"]]
        assert groups[0] == "apiregistration.k8s.io" and groups.index(group) < groups.index("metrics.k8s.io"), groups
        server.stop()
        done = space.kubectl("get", "--raw", f"/apis/{group}/v1/namespaces/{space.name}/notes", check=False)
        assert "the server is currently unable to handle the request" in done.stderr, done.stderr
        # A change of the Service makes the cluster look at once.
        space.kubectl("annotate", "service", "notes", "looked=at")
        eventually(lambda: condition(space, f"v1.{group}")["reason"] == "FailedDiscoveryCheck")
        accept = ("-H", f"Authorization: Bearer {space.kubectl('create', 'token', 'default').strip()}",
                  "-H", "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
        found = json.loads(run("curl", "-sk", *accept, f"{space.cluster.server}/apis"))["items"]
        assert next(g for g in found if g["metadata"].get("name") == group)["versions"][0]["freshness"] == "Stale", found
        server.start()
        space.kubectl("wait", "--for=condition=Available", f"apiservice/v1.{group}", "--timeout=60s")


@contextlib.contextmanager
def process(log, *command):
    with open(log, "w") as file:
        started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        yield
    finally:
        started.terminate()
        started.wait(timeout=20)


def sample_user(space, folder):
    """A kubeconfig of a service account that may do what an extension API server needs."""
    space.kubectl("create", "serviceaccount", "sample")
    account = f"--serviceaccount={space.name}:sample"
    space.kubectl("create", "clusterrole", space.name, "--verb=get,list,watch",
                  "--resource=namespaces,mutatingwebhookconfigurations.admissionregistration.k8s.io,"
                  "validatingwebhookconfigurations.admissionregistration.k8s.io,"
                  "validatingadmissionpolicies.admissionregistration.k8s.io,"
                  "validatingadmissionpolicybindings.admissionregistration.k8s.io,"
                  "flowschemas.flowcontrol.apiserver.k8s.io,prioritylevelconfigurations.flowcontrol.apiserver.k8s.io")
    space.kubectl("create", "clusterrolebinding", space.name, f"--clusterrole={space.name}", account)
    space.kubectl("create", "clusterrolebinding", f"{space.name}-delegator", "--clusterrole=system:auth-delegator", account)
    run(space.cluster.kubectl_path, "--kubeconfig", space.cluster.kubeconfig, "-n", "kube-system", "create", "rolebinding",
        space.name, "--role=extension-apiserver-authentication-reader", account)
    path = f"{folder}/kubeconfig"
    with open(path, "w") as file:
        json.dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {
                "server": space.cluster.server, "certificate-authority": f"{space.cluster.folder}/data/pki/ca.crt"}}],
            "users": [{"name": "u", "user": {"token": space.kubectl("create", "token", "sample").strip()}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}, file)
    return path


def sample_server(space):
    outside, group, port = space.cluster.machine.outside, "wardle.example.com", 18443
    with tempfile.TemporaryDirectory() as folder:
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=sample",
            "-addext", f"subjectAltName=DNS:sample.{space.name}.svc", "-keyout", f"{folder}/key", "-out", f"{folder}/crt")
        kubeconfig = sample_user(space, folder)
        store = f"http://{outside}:18379"
        with contextlib.ExitStack() as stack:
            stack.enter_context(process(
                f"{folder}/etcd.log", "etcd", "--data-dir", f"{folder}/etcd", "--listen-client-urls", store,
                "--advertise-client-urls", store, "--listen-peer-urls", f"http://{outside}:18380"))
            stack.enter_context(process(
                f"{folder}/sample.log", SAMPLE, "--etcd-servers", store, "--bind-address", outside, "--secure-port", str(port),
                "--tls-cert-file", f"{folder}/crt", "--tls-private-key-file", f"{folder}/key", "--kubeconfig", kubeconfig,
                "--authentication-kubeconfig", kubeconfig, "--authorization-kubeconfig", kubeconfig))
            space.apply({"apiVersion": "v1", "kind": "List", "items": service("sample", space, outside, port)})
            authority = run("base64", "-w0", f"{folder}/crt").strip()
            item = registration(group, space, "sample", caBundle=authority, version="v1alpha1")
            item["metadata"]["name"] = f"v1alpha1.{group}"
            stack.callback(lambda: space.kubectl("delete", "apiservice", f"v1alpha1.{group}", "--ignore-not-found"))
            space.kubectl("apply", "-f", "-", input=json.dumps(item))
            try:
                use_sample(space, group)
            except AssertionError as error:
                with open(f"{folder}/sample.log") as log:
                    raise AssertionError(f"{error}\n{log.read()[-2000:]}") from error


def use_sample(space, group):
    space.kubectl("wait", "--for=condition=Available", f"apiservice/v1alpha1.{group}", "--timeout=60s")
    eventually(lambda: "flunders" in space.kubectl("api-resources", f"--api-group={group}", "--cached=false"))
    space.apply({"apiVersion": f"{group}/v1alpha1", "kind": "Flunder", "metadata": {"name": "one", "labels": {"a": "b"}}})
    assert space.kubectl("get", "flunders", "-l", "a=b", "-o", "name").strip() == f"flunder.{group}/one"
    space.kubectl("patch", "flunder", "one", "--type=merge", "-p", '{"metadata": {"labels": {"a": "c"}}}')
    assert space.field("flunder one", ".metadata.labels.a") == "c"
    # As somebody whom the extension server has to ask our server about.
    space.kubectl("create", "role", "flunder-reader", "--verb=list", f"--resource=flunders.{group}")
    space.kubectl("create", "rolebinding", "flunder-reader", "--role=flunder-reader", "--user=jane")
    assert "one" in space.kubectl("get", "flunders", "-o", "name", "--as=jane")
    space.kubectl("delete", "flunders", "--all")
    assert space.kubectl("get", "flunders", "-o", "name") == ""


SAMPLE_SENTENCE = "Kubernetes' sample API server works behind an APIService"
case(SAMPLE_SENTENCE)(sample_server)
if not SAMPLE:
    known_gaps[SAMPLE_SENTENCE] = "SAMPLE_APISERVER does not name the program"
