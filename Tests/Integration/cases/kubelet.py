"""What a node does for its pods beyond running them: resources, storage, rules, figures."""

import json
import os

from cases import case
from cluster import IMAGE, eventually


@case("resources of a running container are changed in place")
def resize(space):
    space.pod("pod", "sleep", "1000", resources={
        "requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}})

    def ask(limits, requests, **options):
        patch = {"spec": {"containers": [{"name": "main", "resources": {"limits": limits, "requests": requests}}]}}
        return space.kubectl("patch", "pod", "pod", "--subresource=resize", "-p", json.dumps(patch), **options)

    def memory():
        read = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"
        return int(space.run_in("pod", "sh", "-c", read))

    ask({"cpu": "200m", "memory": "96Mi"}, {"cpu": "80m", "memory": "32Mi"})
    eventually(lambda: memory() == 96 << 20)
    eventually(lambda: space.field("pod pod", ".status.containerStatuses[0].resources.limits.memory") == "96Mi")
    assert space.field("pod pod", ".status.containerStatuses[0].restartCount") == "0"
    refused = ask({"cpu": "900", "memory": "96Mi"}, {"cpu": "900", "memory": "32Mi"}, check=False)
    assert "Node didn't have enough allocatable resources: cpu, requested: 900000" in refused.stderr, refused.stderr
    ask({"cpu": "100m", "memory": "64Mi"}, {"cpu": "50m", "memory": "32Mi"})
    eventually(lambda: memory() == 64 << 20)


@case("a pod that keeps more on its node than it may is evicted")
def local_storage(space):
    assert space.cluster.kubectl(
        "get", "nodes", "-o", "jsonpath={.items[0].status.capacity.ephemeral-storage}") not in ("", "0")
    volume = {"volumes": [{"name": "cache", "emptyDir": {"sizeLimit": "4Mi"}}]}
    space.start_pod("volume", "sh", "-c", "head -c 20000000 /dev/zero > /cache/file; sleep 1000", spec=volume,
                    volumeMounts=[{"name": "cache", "mountPath": "/cache"}])
    space.start_pod("layer", "sh", "-c", "head -c 20000000 /dev/zero > /file; sleep 1000",
                    resources={"limits": {"ephemeral-storage": "4Mi"}})
    for pod, message in (("volume", 'Usage of EmptyDir volume "cache" exceeds the limit "4Mi". '),
                         ("layer", "Pod ephemeral local storage usage exceeds the total limit of containers 4Mi. ")):
        eventually(lambda: space.field(f"pod {pod}", ".status.reason") == "Evicted")
        assert space.field(f"pod {pod}", ".status.message") == message


@case("a container's own rules say when it is run again")
def restart_rules(space):
    rule = {"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}
    for pod, code in (("again", 42), ("enough", 1)):
        space.start_pod(pod, "sh", "-c", f"exit {code}", spec={"restartPolicy": "Never"}, restartPolicy="Never",
                        restartPolicyRules=[rule])
    eventually(lambda: int(space.field("pod again", ".status.containerStatuses[0].restartCount")) > 0)
    eventually(lambda: space.field("pod enough", ".status.phase") == "Failed")


@case("a node refuses what it may not or cannot do, and says why")
def refusals(space):
    sysctls = {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "65536"}]}}
    space.start_pod("sysctl", "sleep", "1000", spec=sysctls)
    eventually(lambda: space.field("pod sysctl", ".status.reason") == "SysctlForbidden")
    assert 'forbidden sysctl: "kernel.msgmax" not allowlisted' in space.field("pod sysctl", ".status.message")
    space.start_pod("users", "sleep", "1000", spec={"hostUsers": False})
    eventually(lambda: "does not support user namespaces" in space.kubectl("events", "--for", "pod/users"))
    space.pod("pod", "sleep", "1000")
    refused = space.kubectl("logs", "--previous", "pod", check=False).stderr
    assert refused == ('Error from server (BadRequest): previous terminated container "main" in pod "pod" not found\n'), refused


@case("a RuntimeClass chooses the runtime's handler")
def runtime_class(space):
    for name, handler in (("known", "runc"), ("unknown", "no-such-handler")):
        space.apply({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name},
                     "handler": handler})
    space.pod("known", "sleep", "1000", spec={"runtimeClassName": "known"})
    space.start_pod("unknown", "sleep", "1000", spec={"runtimeClassName": "unknown"})
    eventually(lambda: "no-such-handler" in space.kubectl("events", "--for", "pod/unknown"))


@case("a node tells what its pods use, in all the forms that are asked for")
def figures(space):
    space.pod("pod", "sleep", "1000", livenessProbe={"exec": {"command": ["true"]}, "periodSeconds": 1})
    node = space.cluster.node
    scope = f'namespace="{space.name}",pod="pod"'

    def ask(path):
        return space.cluster.kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/{path}")

    def sample(path, name):
        lines = [line for line in ask(path).splitlines() if line.startswith(name + "{") and scope in line]
        return float(lines[0].rsplit("} ", 1)[1].split()[0])

    eventually(lambda: sample("metrics/probes", "prober_probe_total") >= 1)
    eventually(lambda: sample("metrics/cadvisor", "container_network_receive_bytes_total") > 0)
    for path in ("metrics/cadvisor", "metrics/resource"):
        assert 0 < sample(path, "container_cpu_usage_seconds_total") < 100
        assert 10_000 < sample(path, "container_memory_working_set_bytes") < 1 << 30
    pods = json.loads(ask("stats/summary"))["pods"]
    pod = next(one for one in pods if one["podRef"]["namespace"] == space.name)
    assert pod["network"]["interfaces"] and pod["ephemeral-storage"]["usedBytes"] > 0, pod
    assert pod["containers"][0]["logs"]["capacityBytes"] > 0 and pod["volume"], pod
    assert any(one["metadata"]["namespace"] == space.name for one in json.loads(ask("pods"))["items"])
    assert json.loads(ask("configz"))["kubeletconfig"]["kind"] == "KubeletConfiguration"
    assert ask("logs/").startswith("<!doctype html>")
    escaped = space.cluster.kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/logs/../etc/passwd", check=False)
    assert escaped.returncode != 0, escaped


@case("a manifest on the node runs as a pod, whatever happens to its mirror")
def static_pods(space):
    cluster = space.cluster
    path = f"{cluster.manifests}/{space.name}.yaml"

    def write(text):
        with open(path + ".new", "w") as file:
            json.dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "static", "namespace": space.name}, "spec": {
                "terminationGracePeriodSeconds": 0, "containers": [{
                    "name": "main", "image": IMAGE, "command": ["sh", "-c", f"echo {text}; sleep 1000"]}]}}, file)
        os.rename(path + ".new", path)

    name = f"static-{cluster.node}"
    try:
        write("one")
        eventually(lambda: space.field(f"pod {name}", ".status.phase") == "Running")
        eventually(lambda: space.kubectl("logs", name) == "one\n")
        identity = [space.field(f"pod {name}", field) for field in (".metadata.uid", ".status.containerStatuses[0].containerID")]
        space.kubectl("delete", "pod", name, "--wait=false")
        eventually(lambda: space.field(f"pod {name}", ".metadata.uid") != identity[0])
        eventually(lambda: space.field(f"pod {name}", ".status.containerStatuses[0].containerID") == identity[1])
        write("two")
        eventually(lambda: space.kubectl("logs", name) == "two\n")
    finally:
        os.remove(path)
    eventually(lambda: space.kubectl("get", "pods", "--no-headers").strip() == "")


@case("an ephemeral container looks at the processes of its target")
def debug(space):
    space.pod("pod", "sleep", "1234")
    space.kubectl("debug", "pod", f"--image={IMAGE}", "-c", "look", "--target=main", "--", "sh", "-c", "ps; sleep 1000")
    eventually(lambda: "sleep 1234" in space.kubectl("logs", "pod", "-c", "look"))


@case("sidecars start before and end after the rest, in order")
def sidecars(space):
    def side(name):
        return {"name": name, "image": IMAGE, "restartPolicy": "Always", "volumeMounts": [mount], "command": [
            "sh", "-c", f"trap 'cat /proc/uptime >> /story/{name}; exit 0' TERM; while :; do sleep 0.05; done"]}

    mount = {"name": "story", "mountPath": "/story"}
    folder = f"{space.cluster.folder}/{space.name}"
    space.pod("pod", "sh", "-c", "trap 'sleep 1; cat /proc/uptime > /story/main; exit 0' TERM; while :; do sleep 0.05; done",
              volumeMounts=[mount], spec={
                  "terminationGracePeriodSeconds": 20, "initContainers": [side("first"), side("second")],
                  "volumes": [{"name": "story", "hostPath": {"path": folder, "type": "DirectoryOrCreate"}}]})
    space.kubectl("delete", "pod", "pod", "--timeout=60s")
    try:
        times = {}
        for name in ("main", "second", "first"):
            with open(f"{folder}/{name}") as file:
                times[name] = float(file.read().split()[0])
        assert times["main"] < times["second"] < times["first"], times
    finally:
        space.cluster.on_node("rm", "-r", folder)
