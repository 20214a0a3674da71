"""The kubectls to test with."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def find_kubectls(given=None):
    """Pairs of path and version, the preferred first."""
    if given:
        return [(given, "given")]
    lines = subprocess.run([f"{ROOT}/scripts/fetch-kubectl"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [tuple(line.split("\t")) for line in lines.splitlines()]
