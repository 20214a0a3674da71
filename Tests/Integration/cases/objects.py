"""kubectl's verbs on objects that nothing but the API server touches."""

import json

from cases import case
from cluster import await_line, end, eventually


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


@case("kubectl get shows the node, its version and its runtime")
def node(space):
    line = space.kubectl("get", "nodes", "-o", "wide", "--no-headers")
    assert " Ready " in line and " v1." in line and "containerd://" in line, line


@case("kubectl describe tells a node's conditions and capacity")
def describe_node(space):
    text = space.kubectl("describe", "node", space.cluster.node)
    for word in ("MemoryPressure", "KubeletReady", "Allocatable:", "PodCIDR:"):
        assert word in text, f"no {word} in\n{text}"


@case("kubectl knows the kinds, their short names and explains fields")
def kinds(space):
    kinds = space.kubectl("api-resources", "--no-headers")
    assert "deployments" in kinds and "deploy" in kinds and "apps/v1" in kinds, kinds
    assert "readinessProbe" in space.kubectl("explain", "pod.spec.containers")


@case("create makes an object once, and a second time is told that it exists")
def create_twice(space):
    space.kubectl("create", "configmap", "one", "--from-literal=a=1")
    again = space.kubectl("create", "configmap", "one", "--from-literal=a=1", check=False)
    assert again.returncode == 1 and 'configmaps "one" already exists' in again.stderr, again.stderr
    missing = space.kubectl("get", "configmap", "two", check=False)
    assert 'Error from server (NotFound): configmaps "two" not found' in missing.stderr, missing.stderr


@case("client-side apply creates, changes, takes away what is gone, and leaves the rest")
def apply_client_side(space):
    assert "created" in space.apply(config_map("one", a="1", b="2"))
    assert "unchanged" in space.apply(config_map("one", a="1", b="2"))
    space.kubectl("patch", "configmap", "one", "--type=merge", "-p", '{"data":{"other":"kept"}}')
    assert "configured" in space.apply(config_map("one", a="3"))
    assert space.get("configmap", "one")["data"] == {"a": "3", "other": "kept"}


@case("server-side apply keeps owners apart, and a conflict names the owner")
def apply_server_side(space):
    space.apply(config_map("one", a="1"), "--server-side", "--field-manager=first")
    conflict = space.kubectl("apply", "--server-side", "--field-manager=second", "-f", "-",
                             input=json.dumps(config_map("one", a="2")), check=False)
    assert conflict.returncode != 0 and 'conflict with "first": .data.a' in conflict.stderr, conflict.stderr
    space.apply(config_map("one", a="2"), "--server-side", "--field-manager=second", "--force-conflicts")
    space.apply(config_map("one", b="1"), "--server-side", "--field-manager=first")
    assert space.get("configmap", "one")["data"] == {"a": "2", "b": "1"}
    entries = space.get("configmap", "one", "--show-managed-fields")["metadata"]["managedFields"]
    managers = {entry["manager"] for entry in entries}
    assert {"first", "second"} <= managers, managers


@case("who creates a pod owns what was sent and its defaults, and not what admission added")
def created_owners(space):
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "owned"},
           "spec": {"schedulerName": "nobody", "containers": [{"name": "main", "image": "busybox"}]}}
    space.kubectl("create", "-f", "-", input=json.dumps(pod))
    made = space.get("pod", "owned", "--show-managed-fields")
    assert made["spec"]["volumes"], made["spec"]
    (entry,) = made["metadata"]["managedFields"]
    owned = entry["fieldsV1"]["f:spec"]
    assert entry["operation"] == "Update" and "f:dnsPolicy" in owned, entry
    assert "f:volumes" not in owned and "f:tolerations" not in owned, entry


@case("diff shows what apply would change, and changes nothing")
def diff(space):
    space.apply(config_map("one", a="1"))
    shown = space.kubectl("diff", "-f", "-", input=json.dumps(config_map("one", a="2")), check=False)
    assert shown.returncode == 1, shown.stdout + shown.stderr
    assert '-  a: "1"' in shown.stdout and '+  a: "2"' in shown.stdout, shown.stdout
    assert space.get("configmap", "one")["data"] == {"a": "1"}


@case("patches of all kinds change what they say: strategic, merge, JSON, apply")
def patches(space):
    space.apply({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "d"}}, "template": {
            "metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "a", "image": "one"}]}}}})

    def patch(kind, body):
        space.kubectl("patch", "deployment", "d", f"--type={kind}", "-p", json.dumps(body))

    def containers():
        return space.get("deployment", "d")["spec"]["template"]["spec"]["containers"]

    patch("strategic", {"spec": {"template": {"spec": {"containers": [{"name": "b", "image": "two"}]}}}})
    assert {c["name"] for c in containers()} == {"a", "b"}
    patch("merge", {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "three"}]}}}})
    assert [c["name"] for c in containers()] == ["c"]
    patch("json", [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "four"}])
    assert containers()[0]["image"] == "four"
    metadata = {"name": "d", "annotations": {"by": "apply"}}
    space.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata},
                "--server-side", "--field-manager=case")
    assert space.get("deployment", "d")["metadata"]["annotations"]["by"] == "apply"


@case("label, annotate, selectors and field selectors find what they should")
def labels(space):
    space.apply(config_map("one"))
    space.apply(config_map("two"))
    space.kubectl("label", "configmap", "one", "tier=front")
    space.kubectl("annotate", "configmap", "one", "note=hello")
    assert space.kubectl("get", "configmap", "-l", "tier in (front,back)", "-o", "name") == "configmap/one\n"
    assert "configmap/one" not in space.kubectl("get", "configmap", "-l", "!tier", "-o", "name")
    assert space.kubectl("get", "configmap", "--field-selector=metadata.name=two", "-o", "name") == "configmap/two\n"
    assert space.field("configmap one", ".metadata.annotations.note") == "hello"


@case("dry runs answer as if, and store nothing")
def dry_run(space):
    space.kubectl("create", "configmap", "one", "--dry-run=server")
    assert "NotFound" in space.kubectl("get", "configmap", "one", check=False).stderr
    space.apply(config_map("two", a="1"))
    space.kubectl("patch", "configmap", "two", "--dry-run=server", "-p", '{"data":{"a":"2"}}')
    space.kubectl("label", "configmap", "two", "--dry-run=server", "a=b")
    said = space.kubectl("delete", "configmap", "two", "--dry-run=server")
    assert "(server dry run)" in said, said
    assert space.get("configmap", "two")["data"] == {"a": "1"}
    path = f"/api/v1/namespaces/{space.name}/configmaps"
    refused = space.kubectl("create", "--raw", f"{path}?dryRun=Nearly", "-f", "-",
                            input=json.dumps(config_map("three")), check=False).stderr
    assert 'dryRun: Unsupported value: ["Nearly"]: supported values: "All"' in refused, refused
    assert space.kubectl("get", "configmap", "-o", "name").count("/") == 2, "two and the authority's certificate"


@case("a pod is not deleted, and a node not emptied, for asking what would happen")
def dry_deletion(space):
    space.pod("pod", "sleep", "1000", spec={"terminationGracePeriodSeconds": 30})
    said = space.kubectl("delete", "pod", "pod", "--dry-run=server")
    assert "(server dry run)" in said, said
    said = space.kubectl("delete", "pods", "--all", "--dry-run=server", "--grace-period=0", "--force")
    assert "(server dry run)" in said, said
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "pod"},
                "deleteOptions": {"dryRun": ["All"]}}
    path = f"/api/v1/namespaces/{space.name}/pods/pod/eviction"
    space.kubectl("create", "--raw", path, "-f", "-", input=json.dumps(eviction))
    status = space.get("pod", "pod")
    assert "deletionTimestamp" not in status["metadata"], status["metadata"]
    assert not [c for c in status["status"]["conditions"] if c["type"] == "DisruptionTarget"], status["status"]


@case("an object that breaks the rules is refused with the field's name")
def refused(space):
    bad = space.kubectl("create", "-f", "-", check=False, input=json.dumps({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bad"},
        "spec": {"containers": [{"name": "Not A Name", "image": "x"}]}}))
    assert bad.returncode == 1 and "spec.containers[0].name: Invalid value" in bad.stderr, bad.stdout + bad.stderr


@case("delete waits for finalizers, and wait sees the end")
def finalizers(space):
    space.apply(config_map("one"))
    space.kubectl("patch", "configmap", "one", "--type=merge", "-p", '{"metadata":{"finalizers":["example.org/hold"]}}')
    space.kubectl("delete", "configmap", "one", "--wait=false")
    assert space.field("configmap one", ".metadata.deletionTimestamp")
    space.kubectl("patch", "configmap", "one", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    space.kubectl("wait", "--for=delete", "configmap/one", "--timeout=60s")


@case("a watch tells of changes as they come")
def watch(space):
    watching = space.cluster.start_kubectl("get", "configmap", "-w", "-o", "name", namespace=space.name)
    try:
        space.apply(config_map("seen"))
        await_line(watching, "configmap/seen")
    finally:
        end(watching)


@case("auth can-i answers for oneself and for others, and the forbidden is refused in upstream's words")
def authorization(space):
    assert space.kubectl("auth", "can-i", "create", "pods").strip() == "yes"
    other = space.kubectl("auth", "can-i", "create", "pods", "--as=nobody", check=False)
    assert other.stdout.strip() == "no", other.stdout + other.stderr
    refused = space.kubectl("get", "pods", "--as=nobody", check=False).stderr
    reason = f'User "nobody" cannot list resource "pods" in API group "" in the namespace "{space.name}"'
    assert reason in refused, refused
    space.kubectl("create", "role", "reader", "--verb=list", "--resource=pods")
    space.kubectl("create", "rolebinding", "reader", "--role=reader", "--user=nobody")
    eventually(lambda: space.kubectl("auth", "can-i", "list", "pods", "--as=nobody").strip() == "yes")


@case("a namespace goes with everything in it")
def namespace(space):
    space.kubectl("create", "namespace", "short-lived")
    space.cluster.kubectl("create", "configmap", "one", namespace="short-lived")
    space.cluster.kubectl("delete", "namespace", "short-lived", "--timeout=60s")
    space.kubectl("create", "namespace", "short-lived")
    left = space.cluster.kubectl("get", "configmaps", "-o", "name", namespace="short-lived")
    assert "configmap/one" not in left, left


@case("the Service of the API itself comes back, and its namespace cannot go")
def own_service(space):
    kubectl = space.cluster.kubectl
    ip = kubectl("get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}")
    kubectl("delete", "service", "kubernetes", "-n", "default")
    eventually(lambda: kubectl("get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}") == ip)
    eventually(lambda: kubectl("get", "endpointslice", "kubernetes", "-o", "jsonpath={.endpoints[0].addresses[0]}") ==
               space.cluster.machine.address)
    refused = kubectl("delete", "namespace", "default", check=False).stderr
    assert 'namespaces "default" is forbidden: this namespace may not be deleted' in refused, refused


@case("who asks for Endpoints is told what to ask for instead")
def deprecated(space):
    said = space.kubectl("get", "endpoints", check=False).stderr
    assert "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice" in said, said
