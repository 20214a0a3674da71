"""What goes with what: owners and dependents, namespaces and what is in them."""

import json

from cases import case
from cluster import IMAGE, Space, eventually


def config_map(space, name, *, owner=None, finalizers=(), blocks=False):
    references = []
    if owner:
        references = [{"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "blockOwnerDeletion": blocks,
                       "uid": space.field(f"configmap {owner}", ".metadata.uid")}]
    space.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": name, "ownerReferences": references, "finalizers": list(finalizers)}})


def present(space, *names):
    found = space.kubectl("get", "configmap", "-o", "jsonpath={.items[*].metadata.name}").split()
    return [name for name in names if name in found]


def release(space, name):
    space.kubectl("patch", "configmap", name, "--type=merge", "-p", '{"metadata": {"finalizers": null}}')


@case("what is deleted in the background goes at once, and what belongs to it after it")
def background(space):
    config_map(space, "owner")
    config_map(space, "child", owner="owner")
    config_map(space, "grandchild", owner="child", finalizers=["example.com/hold"])
    space.kubectl("delete", "configmap", "owner", "--cascade=background")
    assert present(space, "owner") == []
    eventually(lambda: present(space, "child", "grandchild") == ["grandchild"])
    eventually(lambda: space.field("configmap grandchild", ".metadata.deletionTimestamp"))
    release(space, "grandchild")
    eventually(lambda: present(space, "grandchild") == [])


@case("what is deleted in the foreground waits for what blocks it")
def foreground(space):
    config_map(space, "owner")
    config_map(space, "blocking", owner="owner", finalizers=["example.com/hold"], blocks=True)
    space.kubectl("delete", "configmap", "owner", "--cascade=foreground", "--wait=false")
    eventually(lambda: space.field("configmap blocking", ".metadata.deletionTimestamp"))
    assert space.field("configmap owner", ".metadata.finalizers") == '["foregroundDeletion"]'
    release(space, "blocking")
    eventually(lambda: present(space, "owner", "blocking") == [])


@case("what is orphaned stays, and forgets its owner")
def orphan(space):
    space.kubectl("create", "deployment", "web", f"--image={IMAGE}", "--", "sleep", "1000")
    space.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    space.kubectl("delete", "deployment", "web", "--cascade=orphan")
    eventually(lambda: space.field("replicasets", ".items[*].metadata.ownerReferences") == "")
    assert len(space.get("pods")["items"]) == 1
    # A new Deployment that fits takes them over.
    space.kubectl("create", "deployment", "web", f"--image={IMAGE}", "--", "sleep", "1000")
    eventually(lambda: space.field("replicasets", ".items[*].metadata.ownerReferences[0].kind") == "Deployment")
    assert len(space.get("pods")["items"]) == 1


@case("what belongs to an owner that never was goes, and what has a second owner stays")
def owners(space):
    config_map(space, "owner")
    config_map(space, "second")
    config_map(space, "shared", owner="owner")
    reference = space.get("configmap", "shared")["metadata"]["ownerReferences"][0]
    other = {**reference, "name": "second", "uid": space.field("configmap second", ".metadata.uid")}
    lost = {**reference, "name": "lost", "uid": "00000000-0000-0000-0000-000000000000"}
    patch = {"metadata": {"ownerReferences": [reference, other]}}
    space.kubectl("patch", "configmap", "shared", "--type=merge", "-p", json.dumps(patch))
    space.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stray", "ownerReferences": [lost]}})
    eventually(lambda: present(space, "stray") == [])
    space.kubectl("delete", "configmap", "owner")
    eventually(lambda: space.field("configmap shared", ".metadata.ownerReferences[*].name") == "second")


@case("a namespace goes with all that is in it, and waits for finalizers")
def namespace(space):
    name = f"{space.name}-inner"
    kubectl = space.cluster.kubectl
    inner = Space(space.cluster, name)
    inner.pod("web", "sleep", "1000")
    config_map(inner, "held", finalizers=["example.com/hold"])
    kubectl("delete", "namespace", name, "--wait=false")

    def condition(kind):
        path = f'.status.conditions[?(@.type=="{kind}")]'
        return kubectl("get", "namespace", name, "-o", f"jsonpath={{{path}.status}} {{{path}.message}}")

    eventually(lambda: condition("NamespaceFinalizersRemaining") == (
        "True Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"))
    eventually(lambda: condition("NamespaceContentRemaining") == (
        "True Some resources are remaining: configmaps. has 1 resource instances"))
    assert kubectl("get", "namespace", name, "-o", "jsonpath={.status.phase}") == "Terminating"
    done = kubectl("create", "configmap", "late", namespace=name, check=False)
    assert f"unable to create new content in namespace {name} because it is being terminated" in done.stderr, done.stderr
    release(inner, "held")
    kubectl("wait", "--for=delete", f"namespace/{name}", "--timeout=60s")


@case("a pod that waits for a node and is deleted goes, and so does one whose node is gone")
def stranded(space):
    space.start_pod("waiting", "sleep", "1000", spec={"nodeSelector": {"nowhere": "true"}})
    space.kubectl("delete", "pod", "waiting", "--timeout=60s")
    space.start_pod("lost", "sleep", "1000", spec={"nodeName": "no-such-node"})
    eventually(lambda: space.kubectl("get", "pods", "-o", "name") == "" and True, within=90)
