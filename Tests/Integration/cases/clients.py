"""Clients in Python. What each does and expects is in the scripts of Tests/Integration/python."""

import os
import subprocess
import tempfile

from cases import case
from clients import HERE, python, run_script, script_environment
from cluster import eventually


@case("the official Python client reads, writes, watches, streams, applies, follows and elects")
def official(space):
    run_script(space, "official")


@case("kr8s does its objects, waits, streams and kinds")
def with_kr8s(space):
    run_script(space, "with_kr8s")


@case("lightkube applies, lists in chunks, watches and scales")
def with_lightkube(space):
    run_script(space, "with_lightkube")


class Operator:
    """The operator as a process that can be stopped and started."""

    def __init__(self, space):
        self._space = space
        self._process = None
        self._log = tempfile.TemporaryFile("w+")

    def start(self):
        self._process = subprocess.Popen(
            [f"{os.path.dirname(python())}/kopf", "run", "--namespace", self._space.name, "--standalone",
             f"{HERE}/python/operator_of_widgets.py"], env={**os.environ, **script_environment(self._space)},
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)

    def stop(self):
        self._process.kill()
        self._process.wait()

    def end(self):
        """Stops it for good, and returns what it said."""
        if self._process:
            self.stop()
        with self._log:
            self._log.seek(0)
            return self._log.read()


@case("an operator made with kopf follows its objects, also over what happens while it is away")
def operator(space):
    kind, operator = f"widgets.{space.name}.example.org", Operator(space)

    def widget(name, color):
        space.apply({"apiVersion": f"{space.name}.example.org/v1", "kind": "Widget", "metadata": {"name": name},
                     "spec": {"color": color}})

    def color(name):
        return space.kubectl("get", "configmap", name, "--ignore-not-found", "-o", "jsonpath={.data.color}")

    run_script(space, "define_widgets")
    try:
        space.kubectl("wait", "--for=condition=Established", f"crd/{kind}", "--timeout=60s")
        operator.start()
        widget("one", "red")
        eventually(lambda: color("one") == "red")
        eventually(lambda: space.field(f"{kind} one", ".status.create.color") == "red")
        eventually(lambda: "Painted" in space.kubectl("events", "--for", f"{kind}/one"))
        assert space.field(f"{kind} one", ".metadata.finalizers") == f'["{space.name}.example.org/operator"]'
        widget("one", "green")
        eventually(lambda: color("one") == "green" and space.field(f"{kind} one", ".status.before") == "red")

        operator.stop()
        widget("one", "blue")
        widget("two", "red")
        space.kubectl("delete", kind, "one", "--wait=false")
        widget("three", "red")
        space.kubectl("delete", kind, "three", "--timeout=60s")
        operator.start()
        space.kubectl("wait", "--for=delete", f"{kind}/one", "--timeout=60s")
        eventually(lambda: color("one-is-gone") == "blue" and color("two") == "red")
        eventually(lambda: color("one") == "")
        operator.stop()
        operator.start()
        eventually(lambda: space.field(f"{kind} two", ".status.resumed") == "true")
        space.kubectl("delete", kind, "two", "--timeout=60s")
        eventually(lambda: color("two-is-gone") == "red")
        operator.end()
    except AssertionError as error:
        raise AssertionError(f"{error}\n{operator.end()}") from error
    finally:
        space.kubectl("delete", "crd", kind, "--wait=false", "--ignore-not-found", check=False)
