"""What happens to pods on their node, and what kubectl can do with them."""

import os
import subprocess
import tempfile
import urllib.request

from cases import case
from cluster import IMAGE, await_line, end, eventually, serving
from health import health_server


@case("logs are read, followed, and kept of the container before")
def logs(space):
    space.pod("talker", "sh", "-c", "echo one; sleep 1; echo two; sleep 1000")
    eventually(lambda: space.kubectl("logs", "talker").startswith("one\n"))
    following = space.cluster.start_kubectl("logs", "-f", "talker", namespace=space.name)
    try:
        await_line(following, "one")
        await_line(following, "two")
    finally:
        end(following)
    space.start_pod("ender", "sh", "-c", "echo run; exit 3")
    eventually(lambda: space.kubectl("logs", "--previous", "ender") == "run\n")


@case("exec runs commands with their input, output and exit code")
def execute(space):
    space.pod("pod", "sleep", "1000")
    assert space.run_in("pod", "echo", "hello") == "hello\n"
    assert space.kubectl("exec", "-i", "pod", "--", "cat", input="through\n") == "through\n"
    failing = space.run_in("pod", "sh", "-c", "echo complaint >&2; exit 7", check=False)
    assert failing.returncode == 7 and "complaint" in failing.stderr, failing.stderr


@case("attach joins a running process")
def attach(space):
    space.pod("echo", "sh", "-c", "while read line; do echo got $line; done", stdin=True)
    attached = space.cluster.start_kubectl("attach", "-i", "echo", namespace=space.name)
    try:
        attached.stdin.write("hello\n")
        attached.stdin.flush()
        await_line(attached, "got hello")
    finally:
        end(attached)


@case("port-forward carries a request to a pod")
def port_forward(space):
    space.pod("web", **serving("page"))
    forward = space.cluster.start_kubectl("port-forward", "pod/web", ":80", namespace=space.name)
    try:
        line = await_line(forward, "Forwarding from 127.0.0.1:")
        port = line.split(":")[1].split()[0]

        def page():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                return answer.read()

        assert page() == b"page\n" and page() == b"page\n"
    finally:
        end(forward)


@case("cp brings files in and out")
def copy(space):
    space.pod("pod", "sleep", "1000")
    content = os.urandom(300_000)
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/there", "wb") as file:
            file.write(content)
        space.kubectl("cp", f"{folder}/there", "pod:/tmp/file")
        space.kubectl("cp", "pod:/tmp/file", f"{folder}/back")
        with open(f"{folder}/back", "rb") as file:
            assert file.read() == content


@case("a readiness probe decides when a pod is ready")
def readiness(space):
    space.start_pod("pod", "sleep", "1000", readinessProbe={
        "exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1})
    space.kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/pod", "--timeout=60s")
    assert space.field("pod pod", ".status.containerStatuses[0].ready") == "false"
    space.run_in("pod", "touch", "/tmp/ready")
    space.kubectl("wait", "--for=condition=Ready", "pod/pod", "--timeout=60s")
    space.run_in("pod", "rm", "/tmp/ready")
    space.kubectl("wait", "--for=condition=Ready=false", "pod/pod", "--timeout=60s")


@case("a liveness probe that fails restarts the container")
def liveness(space):
    space.pod("pod", "sh", "-c", "touch /tmp/live; exec sleep 1000", livenessProbe={
        "exec": {"command": ["test", "-e", "/tmp/live"]}, "periodSeconds": 1, "failureThreshold": 1})
    space.run_in("pod", "rm", "/tmp/live")
    eventually(lambda: int(space.field("pod pod", ".status.containerStatuses[0].restartCount")) > 0)
    eventually(lambda: "Liveness probe failed" in space.kubectl("get", "events"))


@case("a gRPC probe asks the container's health service by name, and tells what it says")
def grpc_probe(space):
    serving, not_serving = 1, 2
    with health_server(space.cluster.machine) as server:
        server.say({"": serving, "db": not_serving})

        def start(name, kind, **asks):
            # The server runs beside the pods: in the network of the node, that they share.
            space.start_pod(name, "sleep", "1000", spec={"hostNetwork": True, "terminationGracePeriodSeconds": 0},
                            **{kind: {"grpc": {"port": server.port, **asks}, "periodSeconds": 1, "timeoutSeconds": 10}})

        def told(name, words):
            return eventually(lambda: words in space.kubectl("events", "--for", f"pod/{name}"))

        start("whole", "readinessProbe")
        start("db", "readinessProbe", service="db")
        start("stranger", "readinessProbe", service="stranger")
        start("mortal", "livenessProbe")
        space.kubectl("wait", "--for=condition=Ready", "pod/whole", "pod/mortal", "--timeout=60s")
        told("db", 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")')
        told("stranger", "Readiness probe failed: error: health rpc probe failed: rpc error: code = NotFound desc = "
             "unknown service")
        for name in ("db", "stranger"):
            assert space.field(f"pod {name}", ".status.containerStatuses[0].ready") == "false", name
        server.say({"": not_serving, "db": serving})
        space.kubectl("wait", "--for=condition=Ready", "pod/db", "--timeout=60s")
        space.kubectl("wait", "--for=condition=Ready=false", "pod/whole", "--timeout=60s")
        eventually(lambda: int(space.field("pod mortal", ".status.containerStatuses[0].restartCount")) > 0)
        told("mortal", "Liveness probe failed: service unhealthy")
    told("whole", f'Readiness probe failed: timeout: failed to connect service "{space.cluster.machine.address}:'
         f'{server.port}" within 10s: context deadline exceeded')


@case("a container that fails is restarted, later and later")
def back_off(space):
    space.start_pod("failing", "false")
    waiting = ".status.containerStatuses[0].state.waiting.reason"
    eventually(lambda: space.field("pod failing", waiting) == "CrashLoopBackOff")
    status = space.get("pod", "failing")["status"]["containerStatuses"][0]
    assert status["lastState"]["terminated"]["exitCode"] == 1, status


@case("init containers run one after the other before the rest")
def init_containers(space):
    mount = {"name": "shared", "mountPath": "/shared"}
    def init(name, script):
        return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], "volumeMounts": [mount]}
    space.pod("pod", "sleep", "1000", volumeMounts=[mount], spec={
        "volumes": [{"name": "shared", "emptyDir": {}}],
        "initContainers": [init("first", "echo first > /shared/order"),
                           init("second", "echo second >> /shared/order")]})
    assert space.run_in("pod", "cat", "/shared/order") == "first\nsecond\n"


@case("a pod that ends well is Succeeded, one that does not is Failed")
def phases(space):
    space.start_pod("well", "true", spec={"restartPolicy": "Never", "terminationGracePeriodSeconds": 0})
    space.start_pod("badly", "false", spec={"restartPolicy": "Never", "terminationGracePeriodSeconds": 0})
    space.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/well", "--timeout=60s")
    space.kubectl("wait", "--for=jsonpath={.status.phase}=Failed", "pod/badly", "--timeout=60s")


@case("what is to run once runs once, however much there is to do")
def once(space):
    def main(name):
        return {"name": name, "image": IMAGE, "command": ["true"]}

    space.apply({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"pod-{number}"}, "spec": {
            "restartPolicy": "Never", "initContainers": [main("init")], "containers": [main("one"), main("two")]}}
        for number in range(20)]})

    def statuses():
        return [pod["status"] for pod in space.get("pods")["items"]]

    eventually(lambda: {status["phase"] for status in statuses()} == {"Succeeded"}, within=180)
    counts = [container["restartCount"] for status in statuses()
              for container in status["initContainerStatuses"] + status["containerStatuses"]]
    assert counts == [0] * 60, counts


@case("resources become the container's limits")
def limits(space):
    space.pod("pod", "sleep", "1000", resources={"limits": {"memory": "32Mi", "cpu": "100m"}})
    read = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"
    assert space.run_in("pod", "sh", "-c", read).strip() == str(32 << 20)
    assert space.field("pod pod", ".status.qosClass") == "Guaranteed"


@case("describe tells a pod's story in events")
def events(space):
    space.pod("pod", "sleep", "1000")
    words = ("Scheduled", "Created", "Started")
    eventually(lambda: all(word in space.kubectl("describe", "pod", "pod") for word in words))


@case("a pod that is deleted is told, waited for and gone")
def deletion(space):
    space.pod("pod", "sh", "-c", "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.1; done",
              spec={"terminationGracePeriodSeconds": 60})
    following = space.cluster.start_kubectl("logs", "-f", "pod", namespace=space.name)
    await_line(following, "hello")
    space.kubectl("delete", "pod", "pod", "--timeout=60s")
    try:
        said, _ = following.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        end(following)
        raise AssertionError("logs -f did not end with its pod")
    assert "bye" in said, said


@case("pods outlive the cluster's process, which takes them over again", alone=True)
def survive(space):
    space.pod("pod", "sleep", "1000")
    identity = (".metadata.uid", ".status.containerStatuses[0].containerID")
    before = [space.field("pod pod", path) for path in identity]
    cluster = space.cluster
    with open(f"{cluster.folder}/run/apus.pid") as file:
        os.kill(int(file.read()), 9)
    assert cluster.on_node("pgrep", "-x", "sleep"), "the container's process died too"
    eventually(lambda: "Ready" in cluster.up(), within=60, every=1)
    # The node was ready when it was killed, and counts as such until it says more.
    eventually(lambda: space.run_in("pod", "echo", "alive") == "alive\n")
    assert [space.field("pod pod", path) for path in identity] == before


@case("a pod's generation counts what is wished of it, and not where it was put")
def generation(space):
    space.pod("pod", "sh", "-c", "trap '' TERM; sleep 1000", spec={"terminationGracePeriodSeconds": 60})

    def generation():
        return space.field("pod pod", ".metadata.generation")

    assert generation() == "1"
    eventually(lambda: space.field("pod pod", ".status.observedGeneration") == "1")
    space.kubectl("label", "pod", "pod", "mark=x")
    assert generation() == "1"
    space.kubectl("patch", "pod", "pod", "-p", '{"spec": {"activeDeadlineSeconds": 1000}}')
    assert generation() == "2"
    space.kubectl("delete", "pod", "pod", "--wait=false")
    assert generation() == "3"
    space.kubectl("delete", "pod", "pod", "--force", "--grace-period=0", "--timeout=60s")


@case("the kubelet's conditions stand in upstream's order, and its node says how long it may believe what it knows")
def condition_order(space):
    space.pod("ordered", "sleep", "1000")
    types = space.field("pod ordered", ".status.conditions[*].type").split()
    assert types == ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"], types
    node = space.field("pod ordered", ".spec.nodeName")
    eventually(lambda: space.get("node", node)["metadata"]["annotations"].get("node.alpha.kubernetes.io/ttl") == "0")
