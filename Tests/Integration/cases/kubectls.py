"""What kubectls of several years print, beside each other: the words are upstream's."""

import json

from cases import case
from clients import kubectl_of
from cluster import IMAGE, eventually

# Unlike a bare sleep it goes at once when it is told to.
WAITING = "trap exit TERM; sleep 1000 & wait"


def config_map(name, **data):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def columns(text):
    return [line.split() for line in text.splitlines()]


def forms(space, kubectl):
    """One list in all the forms that get has."""
    for number in (3, 1, 2):
        kubectl("create", "configmap", f"c{number}", f"--from-literal=rank={9 - number}")
        kubectl("label", "configmap", f"c{number}", "of=forms", f"odd={number % 2}")

    def get(*arguments):
        return kubectl("get", "configmaps", "-l", "of=forms", *arguments)

    assert [line[:2] for line in columns(get())] == [["NAME", "DATA"], ["c1", "1"], ["c2", "1"], ["c3", "1"]]
    assert [line[0] + line[3] for line in columns(get("-L", "odd", "--no-headers"))] == ["c11", "c20", "c31"]
    assert [line[0] for line in columns(get("--no-headers", "--sort-by={.data.rank}"))] == ["c3", "c2", "c1"]
    assert columns(get("-o", "custom-columns=N:.metadata.name,R:.data.rank,X:.data.none"))[:2] == [
        ["N", "R", "X"], ["c1", "8", "<none>"]]
    assert get("-o", 'jsonpath={range .items[?(@.data.rank=="7")]}{.metadata.name}{"\\n"}{end}') == "c2\n"
    assert get("-o", "go-template={{range .items}}{{.metadata.name}} {{end}}") == "c1 c2 c3 "
    assert get("-o", "name", "--chunk-size=1") == "configmap/c1\nconfigmap/c2\nconfigmap/c3\n"
    assert get("--field-selector=metadata.name!=c1", "-o", "name") == "configmap/c2\nconfigmap/c3\n"
    assert json.loads(get("-o", "json"))["kind"] == "List"
    assert "of=forms" in get("--show-labels")
    missing = kubectl("get", "pods", check=False)
    assert missing.stderr == f"No resources found in {space.name} namespace.\n", missing


def workload(space, kubectl):
    """A Deployment's life."""
    kubectl("create", "deployment", "web", f"--image={IMAGE}", "--replicas=1", "--", "sh", "-c", WAITING)
    assert 'deployment "web" successfully rolled out' in kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    assert kubectl("wait", "--for=condition=Available", "deployment/web") == "deployment.apps/web condition met\n"
    header, line = columns(kubectl("get", "deployment", "web", "-o", "wide"))
    assert header[:4] == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE"] and header[5:] == ["CONTAINERS", "IMAGES", "SELECTOR"]
    assert line[:4] == ["web", "1/1", "1", "1"] and line[5:] == ["busybox", IMAGE, "app=web"], line
    header, line = columns(kubectl("get", "pods", "-o", "wide"))
    assert header == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED", "NODE", "READINESS", "GATES"]
    assert line[1:4] == ["1/1", "Running", "0"] and line[6:] == [space.cluster.node, "<none>", "<none>"], line
    assert "Scaled up replica set web-" in kubectl("describe", "deployment", "web")
    assert kubectl("scale", "deployment", "web", "--replicas=2") == "deployment.apps/web scaled\n"
    assert kubectl("set", "image", "deployment/web", "busybox=apus.local/busybox") == "deployment.apps/web image updated\n"
    history = kubectl("rollout", "history", "deployment/web").splitlines()
    assert history[1:4] == ["REVISION  CHANGE-CAUSE", "1         <none>", "2         <none>"], history
    assert kubectl("rollout", "undo", "deployment/web").startswith("deployment.apps/web rolled back")
    assert "Image:\t" + IMAGE in kubectl("rollout", "history", "deployment/web", "--revision=3")
    kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    assert kubectl("exec", "deployment/web", "-i", "--", "cat", input="in and out\n") == "in and out\n"
    kubectl("create", "job", "once", f"--image={IMAGE}", "--", "echo", "said")
    assert kubectl("wait", "--for=condition=complete", "job/once", "--timeout=60s") == "job.batch/once condition met\n"
    assert kubectl("logs", "job/once") == "said\n"
    kubectl("delete", "deployment,job", "--all")
    eventually(lambda: kubectl("get", "pods", "-o", "name") == "")


def changes(space, kubectl):
    """Objects from files, forwards and backwards."""
    assert kubectl("apply", "-f", "-", input=config_map("one", a="1")) == "configmap/one created\n"
    assert kubectl("apply", "-f", "-", input=config_map("one", a="1")) == "configmap/one unchanged\n"
    shown = kubectl("diff", "-f", "-", input=config_map("one", a="2"), check=False)
    assert shown.returncode == 1 and '-  a: "1"\n+  a: "2"\n' in shown.stdout, shown
    assert kubectl("apply", "-f", "-", input=config_map("one", a="2")) == "configmap/one configured\n"
    assert '"data":{"a":"2"}' in kubectl("apply", "view-last-applied", "configmap", "one", "-o", "json").replace(" ", "").replace(
        "\n", "")
    before = kubectl("get", "configmap", "one", "-o", "jsonpath={.metadata.uid}")
    kubectl("replace", "--force", "-f", "-", input=config_map("one", a="3"))
    assert kubectl("get", "configmap", "one", "-o", "jsonpath={.metadata.uid}") != before
    assert kubectl("apply", "--server-side", "-f", "-", input=config_map("two", a="1")) == "configmap/two serverside-applied\n"
    again = kubectl("create", "configmap", "one", check=False).stderr
    assert again.endswith('configmaps "one" already exists\n'), again
    assert kubectl("patch", "configmap", "one", "--type=json", "-p",
                   '[{"op": "test", "path": "/data/a", "value": "9"}]', check=False).returncode == 1


def rights(space, kubectl):
    assert columns(kubectl("auth", "can-i", "--list"))[1][0] == "*.*"
    said = kubectl("auth", "can-i", "list", "secrets", "--as=somebody", check=False)
    assert said.stdout == "no\n" and said.returncode == 1, said
    refused = kubectl("get", "secrets", "--as=somebody", check=False).stderr
    assert refused == ('Error from server (Forbidden): secrets is forbidden: User "somebody" cannot list resource "secrets" '
                       f'in API group "" in the namespace "{space.name}"\n'), refused


def sweep(space, version):
    kubectl = kubectl_of(space, version)
    for part in (forms, workload, changes, rights):
        part(space, kubectl)
    assert "strategy\t<" in kubectl("explain", "deployment.spec", "--recursive")
    # Its exit code tells whether every group could be read, and other cases make and take groups.
    kinds = columns(kubectl("api-resources", check=False).stdout)
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in kinds, kinds


@case("kubectl 1.20 gets, rolls, applies and explains as it did with a server of its time")
def sweep_1_20(space):
    sweep(space, "1.20")


@case("kubectl 1.32 does the same")
def sweep_1_32(space):
    sweep(space, "1.32")


@case("kubectl 1.35 does the same")
def sweep_1_35(space):
    sweep(space, "1.35")
