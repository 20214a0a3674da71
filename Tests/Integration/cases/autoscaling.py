"""Load makes workloads grow, and its end makes them shrink."""

from cases import case
from cluster import IMAGE, eventually

# Works hard while there is a file, and never more than a fifth of a core.
SCRIPT = "while :; do [ -e /tmp/load ] || sleep 0.2; done"
RESOURCES = {"requests": {"cpu": "50m"}, "limits": {"cpu": "200m"}}


def busy(space, replicas=1):
    space.apply({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "busy"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "busy"}}, "template": {
            "metadata": {"labels": {"app": "busy"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
                {"name": "main", "image": IMAGE, "command": ["sh", "-c", SCRIPT], "resources": RESOURCES}]}}}})
    space.kubectl("rollout", "status", "deployment/busy", "--timeout=60s")


def condition(space, what, kind):
    path = f'.status.conditions[?(@.type=="{kind}")]'
    return "/".join(space.field(what, f"{path}.{part}") for part in ("status", "reason"))


def events_of(space, kind, name):
    """Reasons and messages of all that was told of an object."""
    events = space.get("events", "--field-selector", f"involvedObject.kind={kind},involvedObject.name={name}")
    return {f"{event['reason']}: {event['message']}" for event in events["items"]}


@case("kubectl top shows what nodes and pods use")
def top(space):
    busy(space)
    eventually(lambda: "main" in space.kubectl("top", "pods", "--containers"))
    _, line = space.kubectl("top", "pods").strip().split("\n")
    assert line.split()[1].endswith("m") and line.split()[2].endswith("Mi"), line
    eventually(lambda: space.cluster.node in space.kubectl("top", "nodes"))


@case("an autoscaler makes a Deployment grow under load and shrink after it")
def grow_and_shrink(space):
    busy(space)
    space.kubectl("autoscale", "deployment", "busy", "--cpu=50%", "--min=1", "--max=3")
    space.kubectl("patch", "hpa", "busy", "--type=merge", "-p",
                  '{"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}}')
    eventually(lambda: condition(space, "hpa busy", "ScalingActive") == "True/ValidMetricFound")
    pod = space.field("pods", ".items[0].metadata.name")
    space.run_in(pod, "touch", "/tmp/load")
    eventually(lambda: space.field("deployment busy", ".status.readyReplicas") == "3", within=90)
    eventually(lambda: condition(space, "hpa busy", "ScalingLimited") == "True/TooManyReplicas")
    space.run_in(pod, "rm", "/tmp/load")
    eventually(lambda: space.field("deployment busy", ".status.replicas") == "1", within=120)
    reason = "cpu resource utilization (percentage of request) above target"
    for event in (f"New size: 3; reason: {reason}", "New size: 1; reason: All metrics below target"):
        eventually(lambda: f"SuccessfulRescale: {event}" in events_of(space, "HorizontalPodAutoscaler", "busy"))


@case("an autoscaler that cannot measure says so, and touches nothing")
def unmeasured(space):
    space.web("web", replicas=2)
    space.kubectl("autoscale", "deployment", "web", "--cpu=50%", "--min=1", "--max=3")
    eventually(lambda: condition(space, "hpa web", "ScalingActive") == "False/FailedGetResourceMetric")
    assert condition(space, "hpa web", "AbleToScale") == "True/SucceededGetScale"
    told = eventually(lambda: [text for text in events_of(space, "HorizontalPodAutoscaler", "web")
                               if text.startswith("FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1)")])
    assert "failed to get cpu resource metric value: failed to get cpu utilization: " in told[0], told
    assert space.field("deployment web", ".spec.replicas") == "2"
