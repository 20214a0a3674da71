"""Admission webhooks: a real HTTPS server on another machine has a say in what is written."""

import base64
import contextlib
import http.server
import json
import tempfile
import time

import https
from cases import case


class Hook:
    """A webhook whose answers the test decides, path by path: a function from the request to (allowed, patch, message)."""

    def __init__(self, address, folder):
        self.asked = []
        self.answers = {}
        self.authority = https.certificate(folder, "webhook", f"IP:{address}")
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers["content-length"])))
                response = hook.respond(self.path.split("?")[0], review["request"])
                body = json.dumps({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = https.serve(address, 0, Handler, https.context(folder))
        self.url = f"https://{address}:{self.server.server_port}"

    def respond(self, path, request):
        self.asked.append(request)
        allowed, patch, message = self.answers[path](request)
        response = {"uid": request["uid"], "allowed": allowed, "warnings": ["seen by a webhook"]}
        if patch is not None:
            response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
        if message:
            response["status"] = {"message": message, "code": 403}
        return response


@contextlib.contextmanager
def webhook(space):
    with tempfile.TemporaryDirectory() as folder:
        hook = Hook(space.cluster.machine.outside, folder)
        try:
            yield hook
        finally:
            hook.server.shutdown()


def configuration(space, hook, kind, path, resources, operations=("CREATE", "UPDATE"), **more):
    return {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": f"{kind}WebhookConfiguration",
        "metadata": {"name": f"{space.name}-{kind.lower()}-{path.strip('/')}"}, "webhooks": [{
            "name": f"{path.strip('/')}.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "clientConfig": {"url": hook.url + path, "caBundle": hook.authority},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": space.name}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": list(operations), "resources": resources}],
            **more}]}


@contextlib.contextmanager
def configured(space, *configurations):
    names = [f"{c['kind']}/{c['metadata']['name']}" for c in configurations]
    space.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(configurations)}))
    try:
        yield
    finally:
        space.kubectl("delete", *names)


@case("a webhook changes what is written, another refuses it, and the client is told in the webhook's words")
def changes_and_refuses(space):
    with webhook(space) as hook:
        hook.answers["/label"] = lambda request: (True, [
            {"op": "add", "path": "/data", "value": {**request["object"].get("data", {}), "added": request["operation"]}}], "")
        hook.answers["/guard"] = lambda request: (
            request["object"]["metadata"]["name"] != "bad", None, "no bad ones here")
        with configured(space, configuration(space, hook, "Mutating", "/label", ["configmaps"]),
                        configuration(space, hook, "Validating", "/guard", ["configmaps"])):
            done = space.kubectl("create", "configmap", "good", "--from-literal=a=b", check=False)
            assert done.returncode == 0 and "Warning: seen by a webhook" in done.stderr, done.stderr
            assert space.get("configmap", "good")["data"] == {"a": "b", "added": "CREATE"}
            request = next(r for r in hook.asked if r["name"] == "good")
            assert request["kind"] == {"group": "", "version": "v1", "kind": "ConfigMap"}, request
            assert request["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}, request
            assert request["namespace"] == space.name and request["oldObject"] is None, request
            assert request["options"]["kind"] == "CreateOptions" and request["userInfo"]["username"], request
            done = space.kubectl("create", "configmap", "bad", check=False)
            assert done.returncode == 1 and done.stderr.strip().endswith(
                'admission webhook "guard.example.com" denied the request: no bad ones here'), done.stderr
            assert "bad" not in space.kubectl("get", "configmaps", "-o", "name")
            space.kubectl("patch", "configmap", "good", "-p", '{"data":{"a":"c"}}')
            assert space.get("configmap", "good")["data"] == {"a": "c", "added": "UPDATE"}
        space.kubectl("create", "configmap", "bad")


@case("a webhook that fails, or is slow, stops a write or does not, as it was told")
def failures(space):
    with webhook(space) as hook:
        hook.answers["/slow"] = lambda request: (time.sleep(3), (True, None, ""))[1]
        slow = {"timeoutSeconds": 1}
        with configured(space, configuration(space, hook, "Validating", "/slow", ["configmaps"], **slow)):
            done = space.kubectl("create", "configmap", "late", check=False)
            assert done.returncode == 1 and 'failed calling webhook "slow.example.com"' in done.stderr and \
                "context deadline exceeded" in done.stderr, done.stderr
        with configured(space, configuration(
                space, hook, "Validating", "/slow", ["configmaps"], failurePolicy="Ignore", **slow)):
            space.kubectl("create", "configmap", "late")
        hook.url = hook.url.rsplit(":", 1)[0] + ":9"
        with configured(space, configuration(space, hook, "Mutating", "/gone", ["configmaps"])):
            done = space.kubectl("create", "configmap", "none", check=False)
            assert done.returncode == 1 and 'failed calling webhook "gone.example.com": failed to call webhook: Post' in \
                done.stderr, done.stderr
        nobody = {"service": {"name": "nobody", "namespace": space.name, "path": "/x"}}
        with configured(space, configuration(space, hook, "Mutating", "/nobody", ["configmaps"], clientConfig=nobody)):
            done = space.kubectl("create", "configmap", "none", check=False)
            assert f'failed to call webhook: Post "https://nobody.{space.name}.svc:443/x?timeout=10s": ' \
                'service "nobody" not found' in done.stderr, done.stderr


@case("webhooks see connections, deletions and dry runs, and only what their rules and selectors name")
def what_is_seen(space):
    with webhook(space) as hook:
        hook.answers["/no"] = lambda request: (False, None, "")
        only_marked = {"objectSelector": {"matchLabels": {"guarded": "yes"}}}
        with configured(space, configuration(
                space, hook, "Validating", "/no", ["configmaps", "pods/*"],
                operations=("CREATE", "DELETE", "CONNECT"), **only_marked)):
            space.kubectl("create", "configmap", "free")
            marked = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "labels": {"guarded": "yes"}}}
            done = space.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(marked), check=False)
            assert 'admission webhook "no.example.com" denied the request without explanation' in done.stderr, done.stderr
            assert hook.asked[-1]["dryRun"] is True, hook.asked[-1]
            space.kubectl("label", "configmap", "free", "guarded=yes")
            done = space.kubectl("delete", "configmap", "free", check=False)
            assert "denied the request" in done.stderr and hook.asked[-1]["operation"] == "DELETE", done.stderr
            assert hook.asked[-1]["object"] is None and hook.asked[-1]["oldObject"]["metadata"]["name"] == "free"
            count = len(hook.asked)
            space.kubectl("create", "secret", "generic", "other")
            assert len(hook.asked) == count, "asked about what it has no rule for"


@case("a webhook for scales sees the Scale, and may refuse it")
def scales(space):
    with webhook(space) as hook:
        hook.answers["/few"] = lambda request: (request["object"]["spec"]["replicas"] < 3, None, "too many")
        space.kubectl("create", "deployment", "web", "--image=none", "--replicas=0")
        rule = {"rules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"],
                           "resources": ["deployments/scale"]}]}
        with configured(space, configuration(space, hook, "Validating", "/few", [], **rule)):
            done = space.kubectl("scale", "deployment", "web", "--replicas=3", check=False)
            assert done.returncode == 1 and 'webhook "few.example.com" denied the request: too many' in done.stderr, done.stderr
            asked = hook.asked[-1]
            assert asked["kind"] == {"group": "autoscaling", "version": "v1", "kind": "Scale"}, asked
            assert asked["subResource"] == "scale" and asked["object"]["kind"] == "Scale", asked
            assert asked["oldObject"]["spec"].get("replicas", 0) == 0, asked
        space.kubectl("scale", "deployment", "web", "--replicas=0")
