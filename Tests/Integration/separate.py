"""A cluster whose parts are processes of their own, each with its own certificate and nothing else."""

import os
import signal
import subprocess

from cluster import Cluster, eventually
from machine import run

ETCD = "/usr/bin/etcd"


class SeparateCluster(Cluster):
    """API server, controllers, scheduler, node, proxy and DNS, joined by TLS; the store is SQLite, or etcd's."""

    def __init__(self, binary, kubectl, *, etcd):
        super().__init__(binary, kubectl)
        self.uses_etcd = etcd
        self._pki = f"{self.folder}/pki"
        self._commands = {}
        self._processes = {}

    def up(self):
        self.machine.start()
        if self.uses_etcd:
            self.start("etcd", ETCD, "--data-dir", f"{self.folder}/etcd", "--log-level", "error")
        store = ["--etcd-servers", "http://127.0.0.1:2379"] if self.uses_etcd else []
        self.start_apus("apiserver", "--data-dir", f"{self.folder}/data", "--secure-port", "16443",
                        "--advertise-address", self.machine.address, *store)
        eventually(lambda: self.kubectl("get", "--raw", "/readyz") == "ok")
        run(self.binary, "certificates", "--data-dir", f"{self.folder}/data", "--server", self.server,
            "--out", self._pki, "--node", self.node, "--node-ip", self.machine.address)
        for name in "controller-manager", "controller-manager-2":
            self._start_client(name, "controller-manager", "--cluster-signing-cert-file", f"{self.folder}/data/pki/ca.crt",
                               "--cluster-signing-key-file", f"{self.folder}/data/pki/ca.key")
        self._start_client("scheduler", "scheduler")
        self._start_client("proxy", "proxy", "--hostname-override", self.node)
        self._start_client("dns", "dns", "--listen-address", self.machine.address)
        self.start_apus(
            "kubelet", "--kubeconfig", f"{self._pki}/kubelet-{self.node}.conf", "--no-proxy",
            "--proxy-kubeconfig", f"{self._pki}/proxy.conf",
            "--tls-cert-file", f"{self._pki}/kubelet-{self.node}.crt",
            "--tls-private-key-file", f"{self._pki}/kubelet-{self.node}.key", "--client-ca-file", f"{self._pki}/ca.crt",
            "--hostname-override", self.node, "--node-ip", self.machine.address, "--port", "20250",
            "--root-dir", f"{self.folder}/node", "--run-dir", f"{self.folder}/run")
        eventually(lambda: self.kubectl("get", "node", self.node))
        self.kubectl("wait", "--for=condition=Ready", f"node/{self.node}", "--timeout=60s")

    def _start_client(self, name, role, *options):
        self.start_apus(role, "--kubeconfig", f"{self._pki}/{role}.conf", *options, name=name)

    def start_apus(self, role, *options, name=None):
        self.start(name or role, self.binary, role, *options, "--log-level", "debug")

    def start(self, name, *command):
        self._commands[name] = command
        with open(self.log_of(name), "a") as log:
            self._processes[name] = subprocess.Popen(
                self.machine.command(*command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})

    @property
    def log(self):
        return self.log_of("apiserver")

    def log_of(self, name):
        return f"{self.folder}/{name}.log"

    @property
    def parts(self):
        return list(self._commands)

    def restart(self, name):
        self.start(name, *self._commands[name])

    def stop(self, name, number=signal.SIGKILL):
        """Returns the exit status; minus the signal's number when it was killed."""
        process = self._processes[name]
        process.send_signal(number)
        return process.wait(30)

    def has_said(self, name, *words):
        """Whether one line of the part's log has all the words."""
        with open(self.log_of(name)) as log:
            return any(all(word in line for word in words) for line in log)

    def leader_and_other(self, holder):
        """The names of the controller manager that the lease names, and of the one that waits."""
        both = ["controller-manager", "controller-manager-2"]
        return sorted(both, key=lambda name: not self.has_said(name, "this process leads", holder))

    def logs(self):
        return [self.log_of(name) for name in self.parts]

    def down(self, *flags):
        for name in reversed(self.parts):
            if name not in ("kubelet", "apiserver", "etcd"):
                self.stop(name, signal.SIGTERM)
        said = self.machine.inside(
            self.binary, "down", "--data-dir", f"{self.folder}/node", "--run-dir", f"{self.folder}/run",
            "--node-name", self.node, *flags, timeout=120)
        for name in "kubelet", "apiserver", "etcd":
            if name in self._processes:
                self.stop(name, signal.SIGTERM)
        for name in self.parts:
            os.unlink(self.log_of(name))
        for name in "data", "pki", "etcd":
            run("rm", "-rf", f"{self.folder}/{name}")
        return said


class ElectedCluster(Cluster):
    """A cluster in one process, whose parts stand for election as if there were others."""

    def __init__(self, binary, kubectl):
        super().__init__(binary, kubectl)
        self._options += ["--leader-elect", "true"]


class ClusterOnEtcd(Cluster):
    """A cluster in one process, on an etcd of its own."""

    def __init__(self, binary, kubectl):
        super().__init__(binary, kubectl)
        self._options += ["--etcd-servers", "http://127.0.0.1:2379"]
        self._etcd = None

    def up(self):
        if not self._etcd:
            self.machine.start()
            self._etcd = subprocess.Popen(
                self.machine.command(ETCD, "--data-dir", f"{self.folder}/etcd", "--log-level", "error"),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return super().up()

    def down(self, *flags):
        said = super().down(*flags)
        if "--purge" in flags:
            self._etcd.terminate()
            self._etcd.wait(30)
            run("rm", "-rf", f"{self.folder}/etcd")
        return said
