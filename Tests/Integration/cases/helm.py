"""Helm, as it was (3) and as it is (4: it applies on the server, and waits by watching), with a chart of our own."""

import contextlib
import json
import os
import shutil
import tempfile

from cases import case
from clients import layer
from cluster import eventually
from machine import run

CHART = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "chart")


class Helm:
    def __init__(self, space, version):
        self.space = space
        self.path = layer(version, "helm")
        self.folder = tempfile.mkdtemp(prefix="chart-", dir=space.cluster.folder)
        self.chart = f"{self.folder}/chart"
        # Definitions belong to the whole cluster: each case has a group of its own.
        self.group = f"{space.name}.example.org"
        shutil.copytree(CHART, self.chart)
        for folder, _, files in os.walk(self.chart):
            for name in files:
                with open(f"{folder}/{name}", "r+") as file:
                    text = file.read().replace("GROUP", self.group)
                    file.seek(0)
                    file.write(text)
                    file.truncate()

    def __call__(self, *arguments, **options):
        environment = {f"HELM_{name}_HOME": f"{self.folder}/{name}" for name in ("CACHE", "CONFIG", "DATA")}
        return run(self.path, "--kubeconfig", self.space.cluster.kubeconfig, "-n", self.space.name, *arguments,
                   env=environment, timeout=300, **options)

    def status(self):
        return json.loads(self("status", "shop", "-o", "json"))["info"]["status"]

    def history(self):
        revisions = json.loads(self("history", "shop", "-o", "json"))
        return [(revision["revision"], revision["status"], revision["description"]) for revision in revisions]


@contextlib.contextmanager
def helm_of(space, version):
    helm = Helm(space, version)
    try:
        yield helm
    finally:
        space.kubectl("delete", "crd", f"widgets.{helm.group}", "--ignore-not-found", "--wait=false", check=False)
        shutil.rmtree(helm.folder)


def page(space):
    return space.run_in("deployment/shop", "cat", "/config/text")


def install(space, helm):
    said = helm("install", "shop", helm.chart, "--wait", "--timeout=120s", "--set", "replicas=null")
    assert "STATUS: deployed" in said and "shop says one." in said, said
    assert helm.status() == "deployed"
    assert space.field("deployment shop", ".status.readyReplicas") == "1" and page(space) == "one"
    assert space.run_in("deployment/shop", "sh", "-c", "echo $SECRET") == "hidden\n"
    assert space.kubectl("logs", "job/shop-pre-install") == "pre-install of revision 1\n"
    assert space.field(f"widgets.{helm.group} shop", ".spec.color") == "red"
    told = space.get("configmap", "shop")["data"]
    assert told["server"].startswith("v1.36.") and told["autoscaling"] == "true", told
    assert told["looked-up"] == space.name and told["widgets"] == "true", told
    again = helm("install", "shop", helm.chart, check=False)
    assert again.returncode != 0 and "a name that is still in use" in again.stderr, again


def check(space, helm):
    said = helm("test", "shop", "--logs", "--timeout=120s")
    assert "Phase:          Succeeded" in said and "one" in said.split("POD LOGS:")[1], said


def upgrade(space, helm):
    helm("upgrade", "shop", helm.chart, "--wait", "--timeout=120s", "--set", "text=two,color=green,replicas=null")
    eventually(lambda: page(space) == "two")
    assert space.field(f"widgets.{helm.group} shop", ".spec.color") == "green"
    # A hook that is to go when it is done.
    eventually(lambda: not space.kubectl("get", "job", "shop-post-upgrade", "--ignore-not-found"))
    refused = helm("upgrade", "shop", helm.chart, "--set", "color=blue", check=False)
    assert refused.returncode != 0 and 'spec.color: Unsupported value: "blue"' in refused.stderr, refused
    assert [revision[1] for revision in helm.history()] == ["superseded", "deployed", "failed"], helm.history()


def roll_back(space, helm):
    helm("rollback", "shop", "1", "--wait", "--timeout=120s")
    eventually(lambda: page(space) == "one")
    assert helm.history()[-1] == (4, "deployed", "Rollback to 1"), helm.history()
    assert "color: red" in helm("get", "manifest", "shop")


def uninstall(space, helm):
    helm("uninstall", "shop", "--wait", "--timeout=120s")
    kinds = "deployment,service,hpa,configmap,secret,role,rolebinding,serviceaccount,pod"
    left = space.kubectl("get", kinds, "-l", "app.kubernetes.io/managed-by=Helm", "-o", "name")
    assert left == "", left
    assert not space.kubectl("get", "clusterrole", f"{space.name}-shop", "--ignore-not-found")
    assert helm("list", "-q") == "" and "release: not found" in helm("status", "shop", check=False).stderr
    space.kubectl("get", "crd", f"widgets.{helm.group}")


def applied(space, helm):
    """What helm makes, kubectl applies."""
    text = helm("template", "shop", helm.chart, "--no-hooks", "--dry-run=server")
    assert "configmap/shop created" in space.apply(text)
    assert "configmap/shop unchanged" in space.apply(text)
    space.kubectl("delete", "-f", "-", "--wait=false", input=text)


def whole_life(space, version):
    with helm_of(space, version) as helm:
        for step in (install, check, upgrade, roll_back, uninstall, applied):
            step(space, helm)


@case("helm 4 installs, tests, upgrades, rolls back and uninstalls a chart")
def helm_4(space):
    whole_life(space, "1.35")


@case("helm 3 does the same")
def helm_3(space):
    whole_life(space, "1.32")
