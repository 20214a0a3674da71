"""kr8s: objects that know how to refresh, wait, scale, follow logs and forward ports, and commands as kubectl has them."""

import threading

import httpx2 as httpx
import kr8s
from kr8s.objects import ConfigMap, Deployment, Namespace, Node, Pod, Service, new_class

from shared import GROUP, NAMESPACE, config_map, definition, deployment, eventually, pod, widget

api = kr8s.api(namespace=NAMESPACE)


def settled(question):
    """It asks for every group by itself, and gives up when one has gone meanwhile: others work beside us. And what a
    Service leads to is known a moment later."""
    def asked():
        try:
            return question()
        except (kr8s.ServerError, kr8s.NotFoundError, UnboundLocalError) as error:
            raise AssertionError(str(error)) from error
    return eventually(asked)


def objects():
    one = ConfigMap(config_map("one", {"set": "a"}, a="1"), api=api)
    one.create()
    assert one.exists() and ConfigMap.get("one", namespace=NAMESPACE, api=api).data == {"a": "1"}
    one.patch({"data": {"b": "2"}})
    one.patch([{"op": "remove", "path": "/data/a"}], type="json")
    one.label(tier="front")
    one.annotate({"example.org/note": "x"})
    one.remove_label("set")
    one.refresh()
    assert one.data == {"b": "2"} and one.labels == {"tier": "front"} and one.annotations["example.org/note"] == "x"
    selected = settled(lambda: list(kr8s.get("cm", namespace=NAMESPACE, label_selector={"tier": "front"}, api=api)))
    assert [m.name for m in selected] == ["one"], "found by its short name"
    child = ConfigMap(config_map("child"), api=api)
    child.create()
    one.adopt(child)
    one.delete(propagation_policy="Foreground")
    one.wait("delete", timeout=60)
    child.wait("delete", timeout=60)
    try:
        ConfigMap.get("one", namespace=NAMESPACE, api=api)
        raise AssertionError("still there")
    except kr8s.NotFoundError:
        pass


def what_is_served():
    version, served = api.version(), list(api.api_versions())
    assert version["minor"] == "36" and {"v1", "apps/v1"} <= set(served), (version, served)
    assert "pods" in {resource["name"] for resource in settled(api.api_resources)}
    assert api.whoami() == "kubernetes-admin", api.whoami()
    assert list(Node.list(api=api))
    assert Namespace.get(NAMESPACE, api=api).status.phase == "Active"


def pods():
    busy = Pod(pod("busy", "echo first; echo second; sleep 1000"), api=api)
    busy.create()
    busy.wait("condition=Ready", timeout=60)
    assert busy.ready()
    done = busy.exec(["sh", "-c", "echo out; echo err >&2"])
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 0), done
    lines = busy.logs(follow=True)
    assert [next(lines), next(lines)] == ["first", "second"]
    lines.close()
    failed = busy.exec(["sh", "-c", "exit 4"], check=False)
    assert failed.returncode == 4, failed
    busy.delete()
    eventually(lambda: not busy.exists())


def workloads():
    shown = deployment("web")
    container = shown["spec"]["template"]["spec"]["containers"][0]
    container["command"] = ["sh", "-c", "mkdir /www; echo page > /www/index.html; httpd -f -p 80 -h /www"]
    container["readinessProbe"] = {"httpGet": {"port": 80}, "periodSeconds": 1, "timeoutSeconds": 10}
    web = Deployment(shown, api=api)
    web.create()
    web.wait("condition=Available", timeout=60)
    assert [one.labels["app"] for one in web.pods()] == ["web"]
    web.scale(2)
    web.wait("jsonpath='{.status.readyReplicas}'=2", timeout=60)
    service = Service({"metadata": {"name": "web", "namespace": NAMESPACE}, "spec": {
        "selector": {"app": "web"}, "ports": [{"port": 8080, "targetPort": 80}]}}, api=api)
    service.create()
    eventually(lambda: len(service.ready_pods()) == 2)
    assert settled(lambda: service.proxy_http_get("", port=8080)).text == "page\n"
    with web.pods()[0].portforward(remote_port=80, local_port="auto") as port:
        for _ in range(3):
            assert httpx.get(f"http://127.0.0.1:{port}/", timeout=60).text == "page\n"
    web.scale(0)
    web.delete()


def watches():
    seen = []

    def look():
        for kind, one in kr8s.api(namespace=NAMESPACE).watch(ConfigMap, namespace=NAMESPACE, label_selector={"w": "1"}):
            seen.append((kind, one.name))
            if kind == "DELETED":
                return

    ConfigMap(config_map("w0", {"w": "1"}), api=api).create()
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    eventually(lambda: seen == [("ADDED", "w0")])
    second = ConfigMap(config_map("w1", {"w": "1"}), api=api)
    second.create()
    second.patch({"data": {"a": "1"}})
    second.delete()
    looking.join(timeout=60)
    assert seen[1:] == [("ADDED", "w1"), ("MODIFIED", "w1"), ("DELETED", "w1")], seen


def kinds_of_its_own():
    made = kr8s.objects.CustomResourceDefinition(definition(), api=api)
    made.create()
    # At first there are no conditions at all, which it does not expect when it waits for one.
    eventually(lambda: made.refresh() or made.status.conditions)
    made.wait("condition=Established", timeout=60)
    Widget = new_class(kind="Widget", version=f"{GROUP}/v1", namespaced=True, plural="widgets", scalable=True)
    one = Widget(widget("one", replicas=1), api=api)
    one.create()
    one.patch({"status": {"replicas": 1}}, subresource="status")
    one.scale(3)
    one.refresh()
    assert (one.spec.replicas, one.status.replicas) == (3, 1), one.to_dict()
    found = [w.name for w in Widget.list(namespace=NAMESPACE, api=api)]
    assert found == ["one"], found
    made.delete()
    made.wait("delete", timeout=60)


for step in (objects, what_is_served, pods, workloads, watches, kinds_of_its_own):
    step()
    print(step.__name__, flush=True)
