"""What may be disturbed: budgets, evictions, and nodes that are emptied."""

from cases import case
from cases.sets import template
from cluster import eventually


def deployment(space, name, replicas):
    space.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template(name)}})
    space.kubectl("rollout", "status", f"deployment/{name}", "--timeout=60s")


def numbers(space, name):
    status = space.get("pdb", name)["status"]
    return tuple(status[field] for field in ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"))


def evict(space, pod):
    body = '{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "%s"}}' % pod
    path = f"/api/v1/namespaces/{space.name}/pods/{pod}/eviction"
    return space.cluster.kubectl("create", "--raw", path, "-f", "-", input=body, check=False)


@case("a disruption budget counts, allows, refuses, and follows its pods")
def budget(space):
    deployment(space, "web", 3)
    space.kubectl("create", "pdb", "web", "--selector=app=web", "--min-available=2")
    eventually(lambda: numbers(space, "web") == (1, 3, 2, 3))
    assert space.field("pdb web", '.status.conditions[?(@.type=="DisruptionAllowed")].reason') == "SufficientPods"
    space.kubectl("patch", "pdb", "web", "--type=merge", "-p", '{"spec": {"minAvailable": "100%"}}')
    eventually(lambda: numbers(space, "web") == (0, 3, 3, 3))
    pod = space.field("pods", ".items[0].metadata.name")
    done = evict(space, pod)
    assert done.returncode != 0, done
    assert "Cannot evict pod as it would violate the pod's disruption budget." in done.stderr, done.stderr
    space.kubectl("patch", "pdb", "web", "--type=merge", "-p", '{"spec": {"minAvailable": null, "maxUnavailable": "34%"}}')
    eventually(lambda: numbers(space, "web") == (2, 3, 1, 3))
    done = evict(space, pod)
    assert done.returncode == 0, done
    eventually(lambda: space.field("deployment web", ".status.readyReplicas") == "3"
               and numbers(space, "web") == (2, 3, 1, 3))
    space.kubectl("scale", "deployment", "web", "--replicas=1")
    eventually(lambda: numbers(space, "web") == (1, 1, 0, 1))


@case("kubectl drain empties a node as budgets allow, and uncordon gives it back", alone=True)
def drain(space):
    node = space.cluster.node
    kubectl = space.cluster.kubectl
    deployment(space, "web", 2)
    space.kubectl("create", "pdb", "web", "--selector=app=web", "--min-available=1")
    space.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}})
    space.kubectl("rollout", "status", "daemonset/agent", "--timeout=60s")
    eventually(lambda: numbers(space, "web") == (1, 2, 1, 2))
    selected = ("--pod-selector", "app in (web, agent)", "--timeout=10s")
    try:
        done = kubectl("drain", node, *selected, check=False)
        assert "cannot delete DaemonSet-managed Pods" in done.stderr, done.stderr
        done = kubectl("drain", node, "--ignore-daemonsets", *selected, check=False)
        # One pod goes and cannot come back; the other is then the last that the budget wants.
        said = done.stdout + done.stderr
        assert f"node/{node} cordoned" in said or "already cordoned" in said, said
        assert "Cannot evict pod as it would violate the pod's disruption budget." in said, said
        eventually(lambda: numbers(space, "web") == (0, 1, 1, 2))
        line = kubectl("get", "node", node, "--no-headers")
        assert line.split()[1] == "Ready,SchedulingDisabled", line
        taints = ("get", "node", node, "-o", "jsonpath={.spec.taints[*].key}")
        eventually(lambda: kubectl(*taints) == "node.kubernetes.io/unschedulable")
        message = '.items[*].status.conditions[?(@.reason=="Unschedulable")].message'
        eventually(lambda: "node(s) were unschedulable" in space.field("pods -l app=web", message))
    finally:
        kubectl("uncordon", node)
    eventually(lambda: space.field("deployment web", ".status.readyReplicas") == "2")
    eventually(lambda: kubectl("get", "node", node, "-o", "jsonpath={.spec.taints}") == "")
