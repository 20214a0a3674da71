"""Commands of kubectl that no other file has a reason to give."""

import json
import os
import re
import tempfile

from cases import case
from cluster import eventually
from machine import run


@case("kubectl edit changes an object, says when nothing was changed, and refuses what does not hold")
def edit(space):
    space.kubectl("create", "configmap", "settings", "--from-literal=mode=old")
    said = space.kubectl("edit", "configmap", "settings", env={"KUBE_EDITOR": "sed -i s/old/new/"})
    assert said.strip() == "configmap/settings edited", said
    assert space.get("configmap", "settings")["data"] == {"mode": "new"}
    done = space.kubectl("edit", "configmap", "settings", env={"KUBE_EDITOR": "true"}, check=False)
    assert "Edit cancelled, no changes made." in done.stderr + done.stdout, done
    space.kubectl("create", "deployment", "web", "--image=apus.local/busybox:1", "--replicas=0")
    done = space.kubectl("edit", "deployment", "web", env={"KUBE_EDITOR": "sed -i s/replicas:.0/replicas:.-1/"}, check=False)
    assert done.returncode == 1 and 'deployments.apps "web" is invalid' in done.stderr, done


@case("api-versions, version and cluster-info say what the server is")
def versions(space):
    served = space.kubectl("api-versions").split()
    assert {"v1", "apps/v1", "batch/v1", "autoscaling/v2", "metrics.k8s.io/v1beta1"} <= set(served), served
    version = json.loads(space.kubectl("version", "-o", "json"))["serverVersion"]
    assert (version["major"], version["minor"]) == ("1", "36"), version
    assert re.match(r"v1\.36\.", version["gitVersion"]), version
    # It looks for Services in kube-system unless it is told a namespace; the DNS makes its own when it has begun.
    eventually(lambda: "\nCoreDNS is running at" in space.cluster.kubectl("cluster-info"))


@case("kubectl run starts a pod, shows what it says, and takes it away")
def run_and_remove(space):
    said = space.kubectl(
        "run", "once", "--image=apus.local/busybox:1", "--restart=Never", "--rm", "-i", "--quiet", "--", "cat",
        input="through the pod\n")
    assert "through the pod" in said, said
    eventually(lambda: space.kubectl("get", "pods", "-o", "name") == "")


@case("containers of a pod see each other's processes when they are to, and not otherwise")
def processes(space):
    for name, shared in (("shared", True), ("apart", False)):
        containers = [{"name": n, "image": "apus.local/busybox:1", "command": ["sleep", seconds]}
                      for n, seconds in (("one", "1001"), ("two", "1002"))]
        space.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "terminationGracePeriodSeconds": 0, "shareProcessNamespace": shared, "containers": containers}})
    space.kubectl("wait", "--for=condition=Ready", "pod/shared", "pod/apart", "--timeout=60s")
    seen = {name: space.kubectl("exec", name, "-c", "one", "--", "ps") for name in ("shared", "apart")}
    assert "sleep 1002" in seen["shared"] and "/pause" in seen["shared"], seen["shared"]
    assert "sleep 1002" not in seen["apart"] and "sleep 1001" in seen["apart"], seen["apart"]


@case("a Service may be another name for a name outside")
def external_name(space):
    space.kubectl("create", "service", "externalname", "outside", "--external-name=kubernetes.default.svc.cluster.local")
    space.pod("asker", "sleep", "1000")
    direct = space.run_in("asker", "nslookup", "kubernetes.default.svc.cluster.local")
    address = re.findall(r"Address:\s+(10\.[\d.]+)\s*$", direct, re.MULTILINE)[-1]
    eventually(lambda: address in space.run_in("asker", "nslookup", f"outside.{space.name}.svc.cluster.local"))


@case("an image built from a folder runs by the name it was given, and is gone when it is removed")
def own_image(space):
    def image(*arguments, **options):
        folder = space.cluster.folder
        return run(space.cluster.binary, "image", *arguments, "--data-dir", f"{folder}/data", "--run-dir", f"{folder}/run",
                   **options)

    name = f"{space.name}-mine:2"
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/Dockerfile", "w") as file:
            file.write('FROM apus.local/busybox:1\nENV GREETING="hello world"\nCOPY said /data/said\n'
                       'WORKDIR /data\nUSER 1000\nCMD ["sh", "-c", "cat said; echo $GREETING; id -u; sleep 1000"]\n')
        with open(f"{folder}/said", "w") as file:
            file.write("from a file\n")
        assert image("build", folder, "--tag", name).strip() == f"docker.io/library/{name}"
        done = image("build", folder, "--tag", "No Name", check=False)
        assert done.returncode != 0 and "No Name is no name that can be given to an image" in done.stderr, done
        done = image("build", os.path.dirname(os.path.abspath(__file__)), "--tag", name, check=False)
        assert done.returncode != 0 and "has no Imagefile or Dockerfile" in done.stderr, done
    space.kubectl("run", "mine", f"--image={name}", "--image-pull-policy=IfNotPresent")
    space.kubectl("wait", "--for=condition=Ready", "pod/mine", "--timeout=60s")
    eventually(lambda: space.kubectl("logs", "mine") == "from a file\nhello world\n1000\n")
    space.kubectl("delete", "pod", "mine", "--now")
    assert name in image("ls")
    image("rm", name)
    assert name not in image("ls")
    done = image("rm", name, check=False)
    assert done.returncode != 0 and f"there is no image {name}" in done.stderr, done


@case("every command explains itself, and refuses what it does not understand")
def explanations(space):
    binary = space.cluster.binary
    commands = set(re.findall(r"^  ([a-z-]+) {2,}\S", run(binary, "--help").split("SUBCOMMANDS:")[1], re.MULTILINE))
    assert {"up", "down", "image", "apiserver", "controller-manager", "scheduler", "kubelet", "proxy", "dns"} <= commands
    for command in commands:
        assert f"USAGE: apus {command}" in run(binary, command, "--help"), command
    assert "--secure-port" in run(binary, "help", "up")
    assert "import" in run(binary, "image", "--help")
    for arguments in (["nonsense"], ["up", "--nonsense"], ["up", "--secure-port", "99999"],
                      ["up", "--node-monitor-grace-period", "soon"], ["up", "--node-eviction-rate=-1"]):
        done = run(binary, *arguments, check=False)
        assert done.returncode == 64 and done.stderr.startswith("Error: "), (arguments, done)
