"""Sets of pods: numbered ones with volumes of their own, one on each node, and so many by hand."""

from cases import case
from cluster import IMAGE, eventually


def template(name, script="sleep 1000", *, version="1", **container):
    main = {"name": "main", "image": IMAGE, "command": ["sh", "-c", script],
            "env": [{"name": "VERSION", "value": version}], **container}
    return {"metadata": {"labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [main]}}


def stateful_set(space, name, replicas, pod, **spec):
    space.apply({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "serviceName": name, "selector": {"matchLabels": {"app": name}}, "template": pod, **spec}})


def births(space, name):
    """The set's pods by name, with the times at which they were made."""
    pods = space.get("pods", "-l", f"app={name}")["items"]
    return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in pods}


def versions(space, name):
    pods = space.get("pods", "-l", f"app={name}")["items"]
    return [pod["spec"]["containers"][0]["env"][0]["value"] for pod in sorted(pods, key=lambda p: p["metadata"]["name"])]


def volume(space, name, folder):
    """A volume on the node, that the case takes away itself: volumes are in no namespace."""
    space.cluster.kubectl("apply", "-f", "-", input='{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {'
                          '"name": "%s"}, "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], '
                          '"storageClassName": "%s", "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": '
                          '"%s", "type": "DirectoryOrCreate"}}}' % (name, space.name, folder))


@case("a StatefulSet's pods keep their volumes, and get them back")
def volumes(space):
    names = [f"{space.name}-{number}" for number in range(2)]
    for name in names:
        volume(space, name, f"{space.cluster.folder}/data/volumes/{name}")
    try:
        pod = template("db", "[ -e /data/first ] || hostname > /data/first; sleep 1000",
                       volumeMounts=[{"name": "data", "mountPath": "/data"}])
        claim = {"metadata": {"name": "data"}, "spec": {"storageClassName": space.name, "accessModes": [
            "ReadWriteOnce"], "resources": {"requests": {"storage": "500Mi"}}}}
        stateful_set(space, "db", 2, pod, volumeClaimTemplates=[claim])
        space.kubectl("rollout", "status", "statefulset/db", "--timeout=90s")
        claims = {claim["metadata"]["name"]: claim for claim in space.get("pvc")["items"]}
        assert set(claims) == {"data-db-0", "data-db-1"}, set(claims)
        assert {claim["status"]["phase"] for claim in claims.values()} == {"Bound"}
        assert {claim["spec"]["volumeName"] for claim in claims.values()} == set(names)
        space.kubectl("scale", "statefulset", "db", "--replicas=1")
        eventually(lambda: set(births(space, "db")) == {"db-0"})
        space.kubectl("delete", "pod", "db-0")
        space.kubectl("scale", "statefulset", "db", "--replicas=2")
        space.kubectl("rollout", "status", "statefulset/db", "--timeout=90s")
        for pod in ("db-0", "db-1"):
            assert eventually(lambda: space.run_in(pod, "cat", "/data/first")) == f"{pod}\n"
        # A claim in use stays until its pod is gone; its volume is then released, and kept.
        space.kubectl("delete", "pvc", "data-db-1", "--wait=false")
        assert space.field("pvc data-db-1", ".metadata.finalizers[0]") == "kubernetes.io/pvc-protection"
        space.kubectl("delete", "statefulset", "db")
        eventually(lambda: space.kubectl("get", "pvc", "-o", "name") == "persistentvolumeclaim/data-db-0\n")
        eventually(lambda: "Released" in [space.field(f"pv {name}", ".status.phase") for name in names])
    finally:
        space.kubectl("delete", "statefulset,pod,pvc", "--all", "--wait=false")
        space.cluster.kubectl("delete", "pv", *names, "--wait=false")


@case("a StatefulSet rolls from the last pod to the first, and not below its partition")
def partition(space):
    stateful_set(space, "db", 3, template("db"), podManagementPolicy="Parallel",
                 updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})
    space.kubectl("rollout", "status", "statefulset/db", "--timeout=60s")
    space.kubectl("set", "env", "statefulset/db", "VERSION=2")
    eventually(lambda: versions(space, "db") == ["1", "1", "2"])
    said = space.kubectl("rollout", "status", "statefulset/db", "--timeout=60s")
    assert "partitioned roll out complete: 1 new pods have been updated" in said, said
    # A pod below the partition comes back as it was.
    space.kubectl("delete", "pod", "db-0")
    eventually(lambda: space.field("statefulset db", ".status.readyReplicas") == "3")
    assert versions(space, "db") == ["1", "1", "2"]
    space.kubectl("patch", "statefulset", "db", "--type=merge", "-p",
                  '{"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}')
    space.kubectl("rollout", "status", "statefulset/db", "--timeout=60s")
    assert versions(space, "db") == ["2", "2", "2"]
    done = space.get("statefulset", "db")["status"]
    assert done["currentRevision"] == done["updateRevision"] and done["updatedReplicas"] == 3, done
    space.kubectl("rollout", "undo", "statefulset/db")
    space.kubectl("rollout", "status", "statefulset/db", "--timeout=60s")
    assert versions(space, "db") == ["1", "1", "1"]


@case("a StatefulSet waits for a pod that is not ready, in both directions")
def ordered(space):
    ready = {"readinessProbe": {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1}}
    stateful_set(space, "db", 2, template("db", **ready))
    eventually(lambda: space.field("pod db-0", ".status.phase") == "Running")
    assert set(births(space, "db")) == {"db-0"}
    space.run_in("db-0", "touch", "/tmp/ready")
    eventually(lambda: space.run_in("db-1", "touch", "/tmp/ready") == "")
    space.kubectl("rollout", "status", "statefulset/db", "--timeout=60s")
    before = births(space, "db")
    space.kubectl("set", "env", "statefulset/db", "VERSION=2")
    eventually(lambda: versions(space, "db") == ["1", "2"])
    after = births(space, "db")
    assert after["db-0"] == before["db-0"]
    eventually(lambda: space.run_in("db-1", "touch", "/tmp/ready") == "")
    eventually(lambda: versions(space, "db") == ["2", "2"])


@case("a DaemonSet rolls to a new template, and keeps its history")
def daemon_set(space):
    space.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}})
    space.kubectl("rollout", "status", "daemonset/agent", "--timeout=60s")
    space.kubectl("set", "env", "daemonset/agent", "VERSION=2")
    space.kubectl("rollout", "status", "daemonset/agent", "--timeout=60s")
    assert versions(space, "agent") == ["2"]
    history = space.kubectl("rollout", "history", "daemonset/agent").split("\n")
    assert [line.split()[0] for line in history[2:] if line] == ["1", "2"], history
    space.kubectl("rollout", "undo", "daemonset/agent")
    space.kubectl("rollout", "status", "daemonset/agent", "--timeout=60s")
    assert versions(space, "agent") == ["1"]
    # It goes where its selector says, and nowhere else.
    space.kubectl("patch", "daemonset", "agent", "--type=merge", "-p",
                  '{"spec": {"template": {"spec": {"nodeSelector": {"nowhere": "true"}}}}}')
    eventually(lambda: births(space, "agent") == {})
    eventually(lambda: space.get("daemonset", "agent")["status"]["desiredNumberScheduled"] == 0)


@case("a replication controller takes pods that fit and lets go of those that do not")
def by_hand(space):
    space.start_pod("stray", "sleep", "1000")
    space.kubectl("label", "pod", "stray", "app=web", "--overwrite")
    pod = template("web")
    space.apply({"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}, "spec": {
        "replicas": 2, "selector": {"app": "web"}, "template": pod}})
    eventually(lambda: space.field("rc web", ".status.readyReplicas") == "2")
    assert len(births(space, "web")) == 2 and "stray" in births(space, "web")
    assert space.field("pod stray", ".metadata.ownerReferences[0].name") == "web"
    space.kubectl("label", "pod", "stray", "app=free", "--overwrite")
    eventually(lambda: len(births(space, "web")) == 2 and "stray" not in births(space, "web"))
    eventually(lambda: space.field("pod stray", ".metadata.ownerReferences") == "")
    space.kubectl("scale", "rc", "web", "--replicas=3")
    eventually(lambda: space.field("rc web", ".status.readyReplicas") == "3")
    space.kubectl("scale", "rc", "web", "--replicas=0")
    eventually(lambda: births(space, "web") == {})


@case("a daemon that ends is started again, and one that fails is told of")
def ended_daemon(space):
    for name, script in (("brief", "true"), ("broken", "false")):
        pod = template(name, script)
        space.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": {
            "selector": {"matchLabels": {"app": name}}, "template": pod}})
    # Containers are restarted in place; only the whole pod's end is the set's affair.
    first, broken = (eventually(lambda: births(space, name)) for name in ("brief", "broken"))
    for name, phase in ((next(iter(first)), "Succeeded"), (next(iter(broken)), "Failed")):
        space.kubectl("patch", "pod", name, "--subresource=status", "--type=merge", "-p",
                      '{"status": {"phase": "%s"}}' % phase)

    def reasons():
        return {event["reason"] for event in space.get("events")["items"]}

    eventually(lambda: {"SucceededDaemonPod", "FailedDaemonPod"} <= reasons())
    eventually(lambda: births(space, "brief") and not set(births(space, "brief")) & set(first))


@case("a StatefulSet that says so takes its pods' claims along, when it shrinks and when it goes")
def claims_go(space):
    claim = {"metadata": {"name": "data"}, "spec": {"storageClassName": "none", "accessModes": ["ReadWriteOnce"],
                                                    "resources": {"requests": {"storage": "1Mi"}}}}
    stateful_set(space, "db", 2, template("db"), volumeClaimTemplates=[claim], podManagementPolicy="Parallel",
                 persistentVolumeClaimRetentionPolicy={"whenScaled": "Delete", "whenDeleted": "Delete"})

    def claims():
        return space.kubectl("get", "pvc", "-o", "jsonpath={.items[*].metadata.name}").split()

    eventually(lambda: claims() == ["data-db-0", "data-db-1"])
    space.kubectl("scale", "statefulset", "db", "--replicas=1")
    eventually(lambda: claims() == ["data-db-0"])
    space.kubectl("delete", "statefulset", "db")
    eventually(lambda: claims() == [])
