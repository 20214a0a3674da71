"""Commands of today's kubectl that older ones do not have, and those that look at the whole cluster."""

import json
import os
import re
import tempfile
import urllib.request

from cases import case
from cluster import IMAGE, await_line, end, eventually


def config_map(name, namespace, **labels):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace, "labels": labels}}


def together(*objects):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


@case("apply prunes what is no longer named, by label and by set")
def prune(space):
    one, two = (config_map(name, space.name, set="pruned") for name in ("one", "two"))

    def apply(*arguments, **options):
        return set(space.kubectl("apply", "-f", "-", "--prune", *arguments, **options).splitlines())

    by_label = ("-l", "set=pruned", "--prune-allowlist=core/v1/ConfigMap")
    assert apply(*by_label, input=together(one, two)) == {"configmap/one created", "configmap/two created"}
    assert apply(*by_label, input=together(one)) == {"configmap/one unchanged", "configmap/two pruned"}
    alpha = {"KUBECTL_APPLYSET": "true"}
    apply("--applyset=configmaps/all", input=together(one, two), env=alpha)
    parent = space.get("configmap", "all")["metadata"]
    assert parent["annotations"]["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap", parent
    part = space.field("configmap two", ".metadata.labels.applyset\\.kubernetes\\.io/part-of")
    assert part == parent["labels"]["applyset.kubernetes.io/id"] and part.startswith("applyset-"), (part, parent)
    assert apply("--applyset=configmaps/all", input=together(one), env=alpha) >= {"configmap/two pruned"}


@case("a kustomization is built, applied, compared and taken away")
def kustomize(space):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/kustomization.yaml", "w") as file:
            json.dump({"namePrefix": "pre-", "resources": ["web.json"], "namespace": space.name,
                       "images": [{"name": "old", "newName": "apus.local/busybox", "newTag": "1"}],
                       "configMapGenerator": [{"name": "made", "literals": ["a=1"]}]}, file)
        with open(f"{folder}/web.json", "w") as file:
            file.write(space.kubectl("create", "deployment", "web", "--image=old", "--replicas=0", "--dry-run=client",
                                     "-o", "json"))
        assert "name: pre-made-" in space.kubectl("kustomize", folder)
        made = space.kubectl("apply", "-k", folder)
        assert "deployment.apps/pre-web created" in made, made
        assert space.field("deployment pre-web", ".spec.template.spec.containers[0].image") == IMAGE
        assert space.kubectl("diff", "-k", folder) == ""
        space.kubectl("delete", "-k", folder)


@case("wait waits for making, for fields, for the end, and says when it waited in vain")
def wait(space):
    waiting = space.cluster.start_kubectl("wait", "--for=create", "configmap/late", "--timeout=60s", namespace=space.name)
    try:
        space.kubectl("create", "configmap", "late", "--from-literal=a=1")
        await_line(waiting, "configmap/late condition met")
    finally:
        end(waiting)
    waiting = space.cluster.start_kubectl("wait", "--for=jsonpath={.data.a}=2", "configmap/late", "--timeout=60s",
                                          namespace=space.name)
    try:
        space.kubectl("patch", "configmap", "late", "-p", '{"data": {"a": "2"}}')
        await_line(waiting, "configmap/late condition met")
    finally:
        end(waiting)
    vain = space.kubectl("wait", "--for=delete", "configmap/late", "--timeout=1s", check=False)
    assert "timed out waiting for the condition on configmaps/late" in vain.stderr, vain
    space.kubectl("delete", "configmap", "late", "--wait=false")
    space.kubectl("wait", "--for=delete", "configmap/late", "--timeout=60s")


@case("who one is, what one may, and roles that are brought in line")
def rights(space):
    who = space.kubectl("auth", "whoami")
    assert re.search(r"^Username +kubernetes-admin$", who, re.MULTILINE), who
    assert re.search(r"^Groups +\[system:masters system:authenticated\]$", who, re.MULTILINE), who
    other = json.loads(space.kubectl("auth", "whoami", "-o", "json", "--as=ann", "--as-group=staff"))
    assert other["status"]["userInfo"] == {"username": "ann", "groups": ["staff", "system:authenticated"]}, other

    def role(*verbs):
        return json.dumps({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r", "namespace": space.name},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}]})

    space.kubectl("auth", "reconcile", "-f", "-", input=role("get"))
    space.kubectl("auth", "reconcile", "-f", "-", input=role("list"))
    assert [rule["verbs"] for rule in space.get("role", "r")["rules"]] == [["get"], ["list"]]
    space.kubectl("auth", "reconcile", "--remove-extra-permissions", "-f", "-", input=role("list"))
    assert [rule["verbs"] for rule in space.get("role", "r")["rules"]] == [["list"]]
    space.kubectl("create", "rolebinding", "b", "--role=r", "--user=ann")
    space.kubectl("set", "subject", "rolebinding", "b", "--user=bob")
    lines = eventually(lambda: [line.split() for line in space.kubectl("auth", "can-i", "--list", "--as=bob").splitlines()
                                if line.startswith("pods ")])
    assert lines == [["pods", "[]", "[]", "[list]"]], lines


@case("debugging works in a pod, in a copy of it, and on its node")
def debug(space):
    space.pod("pod", "sh", "-c", "trap exit TERM; sleep 1000 & wait")
    space.kubectl("debug", "pod", f"--image={IMAGE}", "-c", "probe", "--target=main", "--profile=general", "--",
                  "sh", "-c", "ps -o args")
    eventually(lambda: "trap exit TERM" in space.kubectl("logs", "pod", "-c", "probe"))
    space.kubectl("debug", "pod", "--copy-to=copy", "--share-processes", f"--image={IMAGE}", "-c", "more",
                  "--profile=general", "--", "sleep", "1000")
    space.kubectl("wait", "--for=condition=Ready", "pod/copy", "--timeout=60s")
    assert space.field("pod copy", ".spec.containers[*].name") == "main more"
    space.kubectl("delete", "pod", "copy", "--now")
    said = space.kubectl("debug", f"node/{space.cluster.node}", f"--image={IMAGE}", "--profile=general", "--",
                         "cat", "/host/etc/os-release")
    name = re.search(r"debugging pod (\S+) with container debugger", said).group(1)
    with open("/etc/os-release") as file:
        system = file.read()
    eventually(lambda: space.kubectl("logs", name) == system)


@case("a rollout is paused, restarted, and its containers are set from the command line")
def rollout(space):
    space.kubectl("create", "deployment", "web", f"--image={IMAGE}", "--", "sh", "-c", "trap exit TERM; sleep 1000 & wait")
    space.kubectl("rollout", "pause", "deployment/web")
    again = space.kubectl("rollout", "pause", "deployment/web", check=False).stderr
    assert again == 'error: deployments.apps "web" is already paused\n', again
    space.kubectl("set", "env", "deployment/web", "A=b")
    space.kubectl("set", "resources", "deployment/web", "--limits=cpu=200m,memory=64Mi")
    space.kubectl("set", "serviceaccount", "deployment/web", "default")
    assert "A=b" in space.kubectl("set", "env", "deployment/web", "--list")
    refused = space.kubectl("rollout", "restart", "deployment/web", check=False).stderr
    assert "can't restart paused deployment (run rollout resume first)" in refused, refused
    space.kubectl("rollout", "resume", "deployment/web")
    space.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    container = space.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "A", "value": "b"}], container
    assert container["resources"] == {"limits": {"cpu": "200m", "memory": "64Mi"}}, container
    assert space.kubectl("rollout", "restart", "deployment/web") == "deployment.apps/web restarted\n"
    space.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    assert space.field("deployment web", ".spec.template.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt")
    story = space.kubectl("events", "--for", "deployment/web")
    assert "ScalingReplicaSet" in story and story.startswith("LAST SEEN"), story


@case("a dump of the cluster has every object and every log")
def dump(space):
    space.pod("pod", "sh", "-c", "echo a line; trap exit TERM; sleep 1000 & wait")
    eventually(lambda: space.kubectl("logs", "pod") == "a line\n")
    with tempfile.TemporaryDirectory() as folder:
        space.kubectl("cluster-info", "dump", f"--namespaces={space.name}", f"--output-directory={folder}")
        with open(f"{folder}/{space.name}/pod/logs.txt") as file:
            assert "a line" in file.read()
        assert {"pods.json", "events.json", "deployments.json"} <= set(os.listdir(f"{folder}/{space.name}"))
        with open(f"{folder}/nodes.json") as file:
            assert space.cluster.node in [node["metadata"]["name"] for node in json.load(file)["items"]]


@case("kubectl proxy lets in who asks nicely, and a token is bound to what it was made for")
def proxy_and_token(space):
    proxying = space.cluster.start_kubectl("proxy", "--port=0", namespace=space.name)
    try:
        port = await_line(proxying, "Starting to serve on").strip().rsplit(":", 1)[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/namespaces/{space.name}", timeout=60) as answer:
            assert json.load(answer)["metadata"]["name"] == space.name
    finally:
        end(proxying)
    space.start_pod("pod", "sleep", "1000")
    bound = space.kubectl("create", "token", "default", "--bound-object-kind=Pod", "--bound-object-name=pod").strip()
    # A certificate would win over the token.
    config = json.loads(space.kubectl("config", "view", "--raw", "-o", "json"))
    config["users"] = [{"name": user["name"], "user": {"token": bound}} for user in config["users"]]
    with tempfile.NamedTemporaryFile("w") as file:
        json.dump(config, file)
        file.flush()

        def who():
            return space.kubectl("--kubeconfig", file.name, "auth", "whoami", check=False)

        assert f"system:serviceaccount:{space.name}:default" in who().stdout, who()
        space.kubectl("delete", "pod", "pod", "--force", "--grace-period=0")
        eventually(lambda: "Unauthorized" in who().stderr)


@case("what would change a node changes nothing when it is only asked")
def dry_nodes(space):
    node = space.cluster.node
    before = space.cluster.kubectl("get", "node", node, "-o", "jsonpath={.spec}")
    assert space.kubectl("taint", "node", node, "a=b:NoExecute", "--dry-run=server") == f"node/{node} tainted\n"
    assert space.kubectl("cordon", node, "--dry-run=server") == f"node/{node} cordoned (server dry run)\n"
    said = space.kubectl("drain", node, "--dry-run=server", "--ignore-daemonsets", "--force", "--delete-emptydir-data",
                         f"--pod-selector=drained={space.name}")
    assert said.endswith(f"node/{node} drained (server dry run)\n"), said
    assert space.cluster.kubectl("get", "node", node, "-o", "jsonpath={.spec}") == before


@case("kinds are sorted and sifted")
def kinds(space):
    def listed(*arguments):
        return [line.split() for line in space.kubectl("api-resources", "--no-headers", *arguments).splitlines()]

    apps = listed("--api-group=apps", "--sort-by=kind")
    assert [line[-1] for line in apps] == ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], apps
    wide = {line[0]: line[-1] for line in listed("--api-group=batch", "-o", "wide")}
    assert wide == {"cronjobs": "all", "jobs": "all"}, wide
    assert ["namespaces"] in listed("--namespaced=false", "--api-group=", "-o", "name")


@case("what is refused is refused in upstream's words, whatever the command")
def refusals(space):
    space.kubectl("create", "deployment", "web", f"--image={IMAGE}", "--replicas=0")
    space.kubectl("create", "service", "clusterip", "web", "--tcp=80")
    space.kubectl("create", "job", "done", f"--image={IMAGE}", "--", "true")
    space.kubectl("wait", "--for=condition=complete", "job/done", "--timeout=60s")
    server, deployment = "Error from server", ("patch", "deployment", "web")
    unread = 'cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'
    for command, words in (
        ((*deployment, "-p", '{"spec": {"replicas": "x"}}'),
         f'{server} (BadRequest): Deployment in version "v1" cannot be handled as a Deployment: json: {unread}'),
        ((*deployment, "--type=merge", "-p", "[]"),
         f"{server} (BadRequest): error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {{}}"),
        ((*deployment, "--type=json", "-p", '[{"op": "test", "path": "/spec/replicas", "value": 9}]'),
         "The request is invalid: the server rejected our request due to an error in our request"),
        ((*deployment, "-p", '{"spec": {"selector": {"matchLabels": {"x": "y"}}}}'), ": field is immutable"),
        (("annotate", "deployment", "web", "a b=c"),
         'The Deployment "web" is invalid: metadata.annotations: Invalid value: "a b": name part must consist of'),
        (("create", "configmap", "A_B"), 'error: failed to create configmap: ConfigMap "A_B" is invalid: metadata.name: '
                                         'Invalid value: "A_B": a lowercase RFC 1123 subdomain must consist of'),
        (("create", "service", "clusterip", "far", "--clusterip=1.2.3.4", "--tcp=80"),
         "failed to allocate IP 1.2.3.4: the provided network does not match the current range"),
        (("create", "service", "nodeport", "low", "--tcp=80", "--node-port=80"),
         "provided port is not in the valid range. The range of valid ports is 30000-32767"),
        (("patch", "service", "web", "-p", '{"spec": {"clusterIP": "10.96.99.99"}}'), "may not change once set"),
        (("get", "pods", "--field-selector=spec.foo=x"), "field label not supported: spec.foo"),
        (("run", "x", "--image=y", "-n", "no-such-place"), f'{server} (NotFound): namespaces "no-such-place" not found'),
        (("exec", "job/done", "--", "ls"),
         "error: cannot exec into a container in a completed pod; current phase is Succeeded"),
        (("logs", "job/done", "-c", "none"), "error: container none is not valid for pod done-"),
        (("create", "token", "nobody"), 'error: failed to create token: serviceaccounts "nobody" not found'),
        (("certificate", "approve", "none"),
         f'{server} (NotFound): certificatesigningrequests.certificates.k8s.io "none" not found'),
        (("rollout", "undo", "deployment/web", "--to-revision=9"), "error: unable to find specified revision 9 in history"),
    ):
        done = space.kubectl(*command, check=False)
        assert done.returncode == 1 and words in done.stderr, (command, done.stderr)
