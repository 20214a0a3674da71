"""Controllers: what is wanted becomes what is."""

from cases import case
from cluster import IMAGE, eventually


def pods_of(space, name):
    return space.kubectl("get", "pods", "-l", f"app={name}", "-o", "name").split()


@case("a Deployment runs its replicas, and a deleted pod comes back")
def deployment(space):
    space.web("web", replicas=2)
    assert len(pods_of(space, "web")) == 2
    space.kubectl("delete", pods_of(space, "web")[0], "--wait=false")
    eventually(lambda: space.field("deployment web", ".status.readyReplicas") == "2")


@case("a Deployment scales up and down")
def scale(space):
    space.web("web")
    space.kubectl("scale", "deployment", "web", "--replicas=3")
    space.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    assert space.field("deployment web", ".status.readyReplicas") == "3"
    space.kubectl("scale", "deployment", "web", "--replicas=0")
    eventually(lambda: pods_of(space, "web") == [])


@case("a Deployment rolls to a new template and rolls back")
def rollout(space):
    space.web("web", replicas=2)
    before = space.field("deployment web", ".spec.template.spec.containers[0].env")
    space.kubectl("set", "env", "deployment/web", "VERSION=2")
    space.kubectl("rollout", "status", "deployment/web", "--timeout=90s")
    assert len(space.kubectl("get", "replicasets", "-o", "name").split()) == 2
    assert space.run_in("deployment/web", "sh", "-c", "echo $VERSION") == "2\n"
    space.kubectl("rollout", "undo", "deployment/web")
    space.kubectl("rollout", "status", "deployment/web", "--timeout=90s")
    assert space.field("deployment web", ".spec.template.spec.containers[0].env") == before
    history = space.kubectl("rollout", "history", "deployment/web").split("\n")
    assert [line.split()[0] for line in history[2:] if line] == ["2", "3"], history


@case("what belongs to a Deployment goes with it")
def garbage(space):
    space.web("web")
    space.kubectl("delete", "deployment", "web")
    eventually(lambda: space.kubectl("get", "pods,replicasets", "-o", "name") == "")


@case("a Job runs to its end, and a failing one is tried again")
def job(space):
    space.kubectl("create", "job", "once", f"--image={IMAGE}", "--", "echo", "done")
    space.kubectl("wait", "--for=condition=Complete", "job/once", "--timeout=60s")
    assert space.kubectl("logs", "job/once") == "done\n"
    space.kubectl("create", "job", "failing", f"--image={IMAGE}", "--", "false")
    eventually(lambda: int(space.field("job failing", ".status.failed") or 0) > 0)


@case("a StatefulSet makes its pods one after the other, with names that stay")
def stateful_set(space):
    space.apply({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {"replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": {
            "metadata": {"labels": {"app": "db"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
                {"name": "main", "image": IMAGE, "command": ["sleep", "1000"]}]}}}})
    space.kubectl("rollout", "status", "statefulset/db", "--timeout=60s")
    assert pods_of(space, "db") == ["pod/db-0", "pod/db-1"]


@case("a DaemonSet puts a pod on every node")
def daemon_set(space):
    space.apply({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
        "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": {
            "metadata": {"labels": {"app": "agent"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
                {"name": "main", "image": IMAGE, "command": ["sleep", "1000"]}]}}}})
    space.kubectl("rollout", "status", "daemonset/agent", "--timeout=60s")
    assert len(pods_of(space, "agent")) == 1


@case("a pod that no node has room for waits, and says why")
def unschedulable(space):
    space.start_pod("huge", "sleep", "1000", resources={"requests": {"cpu": "1000"}})
    message = '.status.conditions[?(@.type=="PodScheduled")].message'
    eventually(lambda: "Insufficient cpu" in space.field("pod huge", message))


@case("events say which part of the cluster tells")
def event_sources(space):
    space.web("web")

    def sources():
        events = space.get("events")["items"]
        return {event["source"].get("component", ""): event for event in events}

    wanted = {"deployment-controller", "replicaset-controller", "default-scheduler", "kubelet"}
    told = eventually(lambda: (lambda found: wanted <= found.keys() and found)(sources()))
    for name in wanted:
        assert told[name]["reportingComponent"] == name, told[name]
    assert told["kubelet"]["source"]["host"] == space.cluster.node, told["kubelet"]
