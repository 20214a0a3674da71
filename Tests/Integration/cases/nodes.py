"""Nodes that fall silent, and come back."""

from cases import case
from cases.sets import template
from cluster import SecondNode, eventually

# Pods wait so long for a lost node to come back, where upstream's default is five minutes.
PATIENCE = [{"key": f"node.kubernetes.io/{kind}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3}
            for kind in ("unreachable", "not-ready")]


def taints(cluster, node):
    path = "{range .spec.taints[*]}{.key}:{.effect} {end}"
    return sorted(cluster.kubectl("get", "node", node, "-o", f"jsonpath={path}").split())


def ready(cluster, node):
    path = '{range .status.conditions[?(@.type=="Ready")]}{.status}/{.reason}{end}'
    return cluster.kubectl("get", "node", node, "-o", f"jsonpath={path}")


def placed(space, app):
    """The pods of an app that are not going, by the node they are on."""
    pods = [p for p in space.get("pods", "-l", f"app={app}")["items"] if "deletionTimestamp" not in p["metadata"]]
    return {p["spec"].get("nodeName"): p for p in pods if p["status"].get("phase") == "Running"}


def spread(space, name):
    """A Deployment of two pods that want to be on different nodes, and a DaemonSet's on each."""
    pod = template(name)
    # With no time to end, a pod is gone for the cluster at once, whatever runs on.
    pod["spec"].update(tolerations=PATIENCE, terminationGracePeriodSeconds=1)
    pod["spec"]["topologySpreadConstraints"] = [{
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": name}}}]
    space.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": pod}})
    space.kubectl("rollout", "status", f"deployment/{name}", "--timeout=60s")
    space.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}})
    space.kubectl("rollout", "status", "daemonset/agent", "--timeout=60s")


@case("a lost node's pods are replaced on another, and it is welcome back", alone=True)
def node_loss(space):
    cluster = space.cluster
    first, node = cluster.node, SecondNode(cluster)
    node.up()
    try:
        spread(space, "web")
        before = placed(space, "web")
        assert set(before) == {first, node.name}, set(before)
        assert set(placed(space, "agent")) == {first, node.name}
        lost = before[node.name]["metadata"]
        node.crash()
        eventually(lambda: ready(cluster, node.name) == "Unknown/NodeStatusUnknown", within=60)
        eventually(lambda: taints(cluster, node.name) == [
            "node.kubernetes.io/unreachable:NoExecute", "node.kubernetes.io/unreachable:NoSchedule"])
        assert " NotReady " in cluster.kubectl("get", "node", node.name)
        # Nobody is sent to the lost pod any more; after a while it is replaced on the other node.
        eventually(lambda: space.field(f"pod {lost['name']}", '.status.conditions[?(@.type=="Ready")].status') == "False")
        eventually(lambda: space.field(f"pod {lost['name']}", ".metadata.deletionTimestamp"))
        target = '.status.conditions[?(@.type=="DisruptionTarget")].reason'
        assert space.field(f"pod {lost['name']}", target) == "DeletionByTaintManager"
        eventually(lambda: space.field("deployment web", ".status.readyReplicas") == "2")
        assert set(placed(space, "web")) == {first}
        # The daemon tolerates it, and stays; the lost pod cannot be confirmed dead, and is still there.
        agent = placed(space, "agent")[node.name]["metadata"]["uid"]
        assert space.field(f"pod {lost['name']}", ".spec.nodeName") == node.name
        assert node.containers(lost["uid"]), "a crash of the kubelet ends no container"
        node.start()
        eventually(lambda: taints(cluster, node.name) == [])
        space.kubectl("wait", "--for=delete", f"pod/{lost['name']}", "--timeout=60s")
        eventually(lambda: node.containers(lost["uid"]) == [])
        eventually(lambda: placed(space, "agent")[node.name]["metadata"]["uid"] == agent
                   and space.field("daemonset agent", ".status.numberReady") == "2")
    finally:
        left = node.down()
    assert left == [], left
    # A node that is taken away takes its pods with it.
    eventually(lambda: set(placed(space, "agent")) == {first}, within=90)
    eventually(lambda: space.get("daemonset", "agent")["status"]["desiredNumberScheduled"] == 1)
