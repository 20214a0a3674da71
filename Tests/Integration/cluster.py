"""A cluster under test: the real binary on a machine of its own, and the real kubectl."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

import machine
from machine import Machine, run

IMAGE = "apus.local/busybox:1"


def eventually(question, *, within=60, every=0.3):
    """Asks until the answer is true and returns it; the last error or answer is the failure's reason."""
    deadline = time.monotonic() + within
    while True:
        try:
            answer = question()
            if answer:
                return answer
            reason = f"still {answer!r}"
        except (AssertionError, OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired) as error:
            reason = str(error)
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {reason}")
        time.sleep(every)


class Cluster:
    def __init__(self, binary, kubectl):
        self.binary = binary
        self.kubectl_path = kubectl
        self.machine = Machine()
        self.folder = tempfile.mkdtemp(prefix="apus-it-", dir="/tmp")
        self.node = os.path.basename(self.folder).lower().replace("_", "-").rstrip("-")
        self.server = f"https://{self.machine.address}:16443"
        self._options = ["--data-dir", f"{self.folder}/data", "--run-dir", f"{self.folder}/run",
                         "--node-name", self.node, "--secure-port", "16443", "--kubelet-port", "20250",
                         "--node-monitor-grace-period", "25s", "--pod-manifest-path", self.manifests,
                         # Who tries again tells why.
                         "--log-level", "debug"]

    @property
    def kubeconfig(self):
        return f"{self.folder}/data/admin.conf"

    @property
    def manifests(self):
        return f"{self.folder}/data/manifests"

    @property
    def log(self):
        return f"{self.folder}/data/apus.log"

    def up(self):
        if not self.machine.is_up:
            self.machine.start()
        return self.machine.inside(self.binary, "up", *self._options, timeout=180)

    def down(self, *flags):
        return self.machine.inside(self.binary, "down", *self._options[:6], *flags, timeout=120)

    def refusals(self):
        """What the logs say of rights that a part of the cluster did not have."""
        found = []
        for path in self.logs():
            with open(path) as log:
                found += [f"{os.path.basename(path)}: {line}" for line in log if "is forbidden: User" in line]
        return found

    def logs(self):
        return [self.log]

    def teardown(self):
        """Takes everything away and returns what is left all the same, as sentences."""
        networks = self.machine.pod_networks()
        self.down("--purge")
        left = self.machine.leftovers()
        left += machine.processes_mentioning(self.folder) + machine.processes_mentioning(f"apus-{self.node}")
        left += machine.mounts_mentioning(self.folder) + machine.cgroups_named(f"apus-{self.node}")
        left += [f"network namespace {name}" for name in networks if os.path.exists(f"/run/netns/{name}")]
        left += [f"file {self.folder}/{name}" for name in os.listdir(self.folder)]
        return left

    def clean(self):
        """After a failed start or teardown: whatever is left goes, by process id and name of our own."""
        for line in machine.processes_mentioning(self.folder):
            run("kill", "-9", line.split()[1], check=False)
        for line in reversed(machine.mounts_mentioning(self.folder)):
            run("umount", "-l", line.split()[1], check=False)
        self.machine.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What cases ask.

    def kubectl(self, *arguments, namespace=None, **options):
        scope = ("-n", namespace) if namespace else ()
        return run(self.kubectl_path, "--kubeconfig", self.kubeconfig, *scope, *arguments, **options)

    def start_kubectl(self, *arguments, namespace=None):
        """kubectl as a process that goes on; end it with `end`."""
        scope = ("-n", namespace) if namespace else ()
        return subprocess.Popen(
            [self.kubectl_path, "--kubeconfig", self.kubeconfig, *scope, *arguments], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def on_node(self, *command, **options):
        """Runs a command on the cluster's machine, outside of all pods."""
        return self.machine.inside(*command, **options)


class SecondNode:
    """Another node of a cluster, on a machine of its own: a kubelet and nothing else."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.machine = cluster.machine.beside()
        self.name = f"{cluster.node}-2"
        self.folder = f"{cluster.folder}/{self.name}"
        self._kubelet = None

    def up(self):
        os.makedirs(self.folder)
        self.machine.start()
        run(self.cluster.binary, "certificates", "--data-dir", f"{self.cluster.folder}/data", "--server",
            self.cluster.server, "--out", f"{self.folder}/pki", "--node", self.name, "--node-ip", self.machine.address)
        self.start()

    def start(self):
        pki = f"{self.folder}/pki"
        with open(f"{self.folder}/kubelet.log", "a") as log:
            self._kubelet = subprocess.Popen(
                self.machine.command(
                    self.cluster.binary, "kubelet", "--kubeconfig", f"{pki}/kubelet-{self.name}.conf",
                    "--proxy-kubeconfig", f"{pki}/proxy.conf", "--tls-cert-file", f"{pki}/kubelet-{self.name}.crt",
                    "--tls-private-key-file", f"{pki}/kubelet-{self.name}.key", "--client-ca-file", f"{pki}/ca.crt",
                    "--node-ip", self.machine.address, "--hostname-override", self.name,
                    "--root-dir", f"{self.folder}/data", "--run-dir", f"{self.folder}/run"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.cluster.kubectl("wait", "--for=create", f"node/{self.name}", "--timeout=60s")
        self.cluster.kubectl("wait", "--for=condition=Ready", f"node/{self.name}", "--timeout=60s")

    def crash(self):
        """What a power cut would do to the kubelet; its containers run on."""
        self._kubelet.kill()
        self._kubelet.wait()

    def containers(self, pod):
        """Processes on this machine that belong to a pod, by its UID."""
        return machine.processes_mentioning(pod)

    def down(self):
        """Takes the node away, and returns what is left of it all the same."""
        self.cluster.kubectl("delete", "node", self.name, "--ignore-not-found")
        self._kubelet.terminate()
        self._kubelet.wait(timeout=30)
        self.machine.inside(
            self.cluster.binary, "down", "--purge", "--data-dir", f"{self.folder}/data", "--run-dir",
            f"{self.folder}/run", "--node-name", self.name, timeout=120)
        left = self.machine.leftovers() + machine.processes_mentioning(self.folder)
        self.machine.stop()
        shutil.rmtree(self.folder)
        return left


def await_line(process, wanted, *, within=60):
    """Reads what a process says until a line contains the wanted text, and returns that line."""
    timer = threading.Timer(within, process.kill)
    timer.start()
    said = ""
    for line in process.stdout:
        said += line
        if wanted in line:
            timer.cancel()
            return line
    timer.cancel()
    raise AssertionError(f"no {wanted!r} within {within} s in:\n{said}")


def end(process):
    process.kill()
    process.communicate()


def serving(text):
    """A container that serves one page, and is ready when it does."""
    script = f"mkdir /www; echo {text} > /www/index.html; exec httpd -f -p 80 -h /www"
    return {"command": ["sh", "-c", script],
            "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 1, "timeoutSeconds": 10}}


class Space:
    """A namespace of its own for one case."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        cluster.kubectl("create", "namespace", name)

    def kubectl(self, *arguments, **options):
        return self.cluster.kubectl(*arguments, namespace=self.name, **options)

    def apply(self, manifest, *flags):
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        return self.kubectl("apply", *flags, "-f", "-", input=text)

    def get(self, *arguments):
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def field(self, what, path):
        return self.kubectl("get", *what.split(), "-o", "jsonpath={" + path + "}")

    def pod(self, name, *command, spec=None, **container):
        """Starts a pod of one container and waits until it is ready."""
        self.start_pod(name, *command, spec=spec, **container)
        self.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")

    def start_pod(self, name, *command, spec=None, **container):
        main = {"name": "main", "image": IMAGE, "command": list(command), **container}
        self.apply({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [main], **(spec or {})}})

    def web(self, name, text="$(hostname)", replicas=1):
        """A Deployment that serves one page."""
        main = {"name": "busybox", "image": IMAGE, **serving(text)}
        self.apply({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": {
                "metadata": {"labels": {"app": name}}, "spec": {"containers": [main]}}}})
        self.kubectl("rollout", "status", f"deployment/{name}", "--timeout=60s")

    def run_in(self, pod, *command, **options):
        return self.kubectl("exec", pod, "--", *command, **options)

    def remove(self):
        self.cluster.kubectl("delete", "namespace", self.name, "--wait=false", check=False)
