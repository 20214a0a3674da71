"""An API server of its own for one case, on the cluster's machine: `apus apiserver` with flags that the shared one
does not have."""

import os
import random
import subprocess

from cluster import eventually
from machine import run


class OwnServer:
    def __init__(self, space, *flags):
        self._cluster = space.cluster
        self.folder = f"{space.cluster.folder}/server-{space.name}"
        os.makedirs(self.folder, exist_ok=True)
        self.port = random.randint(20300, 29900)
        self._flags = flags
        self._process = None

    @property
    def url(self):
        return f"https://{self._cluster.machine.address}:{self.port}"

    @property
    def kubeconfig(self):
        return f"{self.folder}/data/admin.conf"

    def file(self, name, text):
        """Writes a file for a flag, and returns its path."""
        path = f"{self.folder}/{name}"
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self, *flags):
        self._flags += flags
        with open(f"{self.folder}/log", "a") as log:
            self._process = subprocess.Popen(
                self._cluster.machine.command(
                    self._cluster.binary, "apiserver", "--data-dir", f"{self.folder}/data", "--secure-port",
                    str(self.port), "--advertise-address", self._cluster.machine.address, *self._flags),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
        eventually(self._is_ready)
        return self

    def _is_ready(self):
        assert self._process.poll() is None, self.log()
        return os.path.exists(self.kubeconfig) and self.kubectl("get", "--raw", "/readyz") == "ok"

    def terminate(self):
        """Tells it to end, and does not wait for that."""
        self._process.terminate()

    def wait(self):
        self._process.wait(timeout=60)

    def stop(self):
        self.terminate()
        self.wait()

    def log(self):
        with open(f"{self.folder}/log") as file:
            return file.read()

    def kubectl(self, *arguments, **options):
        return run(self._cluster.kubectl_path, "--kubeconfig", self.kubeconfig, *arguments, **options)

    def curl(self, path, *arguments):
        """The code and the body of an answer."""
        said = run("curl", "-sk", "-w", "\n%{http_code}", f"{self.url}{path}", *arguments)
        body, code = said.rsplit("\n", 1)
        return int(code), body

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process and self._process.poll() is None:
            self.stop()
        run("rm", "-rf", self.folder)
