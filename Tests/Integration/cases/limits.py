"""Quotas and limit ranges: how much a namespace may have, and how much a pod."""

import json

from cases import case
from cluster import IMAGE, eventually


def quota(space, name, hard, **more):
    space.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name},
                 "spec": {"hard": hard, **more}})
    eventually(lambda: set(used(space, name)) == set(hard))


def used(space, name):
    return space.get("resourcequota", name).get("status", {}).get("used", {})


def refusal(space, *arguments, **options):
    """What kubectl says when it is refused."""
    done = space.kubectl(*arguments, check=False, **options)
    assert done.returncode != 0, f"allowed: {arguments}"
    return done.stderr


def refusal_of(space, manifest):
    return refusal(space, "apply", "-f", "-", input=json.dumps(manifest))


@case("a quota counts objects of every kind, refuses the one too many, and frees what is deleted")
def counts(space):
    hard = {"configmaps": "3", "secrets": "2", "services": "1", "services.nodeports": "0", "count/deployments.apps": "1",
            "count/jobs.batch": "1", "persistentvolumeclaims": "1", "requests.storage": "2Gi",
            "replicationcontrollers": "1", "resourcequotas": "1"}
    quota(space, "few", hard)
    eventually(lambda: used(space, "few")["configmaps"] == "1" and used(space, "few")["resourcequotas"] == "1")
    space.kubectl("create", "configmap", "one")
    space.kubectl("create", "configmap", "two")
    said = refusal(space, "create", "configmap", "three")
    assert said == ('error: failed to create configmap: configmaps "three" is forbidden: exceeded quota: few, '
                    "requested: configmaps=1, used: configmaps=3, limited: configmaps=3\n"), said
    space.kubectl("delete", "configmap", "one")
    eventually(lambda: used(space, "few")["configmaps"] == "2")
    space.kubectl("create", "configmap", "three")
    said = refusal(space, "create", "service", "nodeport", "web", "--tcp=80")
    assert "exceeded quota: few, requested: services.nodeports=1, used: services.nodeports=0, limited: " \
        "services.nodeports=0" in said, said
    space.kubectl("create", "service", "clusterip", "web", "--tcp=80")
    space.kubectl("create", "deployment", "web", f"--image={IMAGE}", "--replicas=0")
    said = refusal(space, "create", "deployment", "other", f"--image={IMAGE}", "--replicas=0")
    assert "requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: " \
        "count/deployments.apps=1" in said, said
    space.apply(claim("first", "1500Mi"))
    said = refusal_of(space, claim("second", "1Gi"))
    assert "requested: persistentvolumeclaims=1,requests.storage=1Gi, used: persistentvolumeclaims=1," \
        "requests.storage=1500Mi, limited: persistentvolumeclaims=1,requests.storage=2Gi" in said, said


def claim(name, size):
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": {
        "storageClassName": "none", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}}


@case("a quota on cpu and memory makes pods say what they want, and a Deployment tell what it cannot have")
def compute(space):
    quota(space, "small", {"requests.cpu": "100m", "limits.memory": "64Mi", "pods": "3"})
    said = refusal(space, "run", "silent", f"--image={IMAGE}", "--restart=Never", "--", "sleep", "1000")
    assert 'pods "silent" is forbidden: failed quota: small: must specify limits.memory for: silent; ' \
        "requests.cpu for: silent" in said, said
    wants = {"requests": {"cpu": "60m"}, "limits": {"memory": "24Mi"}}
    space.apply({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
                {"name": "main", "image": IMAGE, "command": ["sleep", "1000"], "resources": wants}]}}}})
    eventually(lambda: used(space, "small") == {"requests.cpu": "60m", "limits.memory": "24Mi", "pods": "1"})
    message = '.status.conditions[?(@.type=="ReplicaFailure")].message'
    wanted = "exceeded quota: small, requested: requests.cpu=60m, used: requests.cpu=60m, limited: requests.cpu=100m"
    eventually(lambda: wanted in space.field("deployment web", message))
    # More room, and what is missing is made.
    space.kubectl("patch", "quota", "small", "--type=merge", "-p", '{"spec": {"hard": {"requests.cpu": "200m"}}}')
    eventually(lambda: space.field("deployment web", ".status.readyReplicas") == "2", within=90)
    space.kubectl("delete", "deployment", "web")
    eventually(lambda: used(space, "small") == {"requests.cpu": "0", "limits.memory": "0", "pods": "0"})


@case("a quota with scopes counts only the pods it is about")
def scopes(space):
    quota(space, "best-effort", {"pods": "1"}, scopes=["BestEffort"])
    quota(space, "terminating", {"pods": "1"}, scopes=["Terminating"])
    quota(space, "critical", {"pods": "0"}, scopeSelector={"matchExpressions": [
        {"scopeName": "PriorityClass", "operator": "In", "values": ["system-cluster-critical"]}]})
    space.start_pod("one", "sleep", "1000")
    assert "exceeded quota: best-effort" in refusal(space, "run", "two", f"--image={IMAGE}")
    space.start_pod("two", "sleep", "1000", resources={"requests": {"cpu": "1m"}})
    space.start_pod("short", "sleep", "1000", spec={"activeDeadlineSeconds": 100},
                    resources={"requests": {"cpu": "1m"}})
    eventually(lambda: used(space, "best-effort")["pods"] == "1" and used(space, "terminating")["pods"] == "1")
    said = refusal_of(space, pod({"requests": {"cpu": "1m"}}, priorityClassName="system-cluster-critical"))
    assert "exceeded quota: critical, requested: pods=1, used: pods=0, limited: pods=0" in said, said


def pod(resources, **spec):
    main = {"name": "main", "image": IMAGE, "resources": resources}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "greedy"}, "spec": {"containers": [main], **spec}}


@case("a limit range gives containers what they do not ask for, and refuses those that ask for too much")
def limit_range(space):
    space.apply({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "sizes"}, "spec": {"limits": [
        {"type": "Container", "default": {"cpu": "50m", "memory": "32Mi"}, "defaultRequest": {"cpu": "10m"},
         "max": {"cpu": "100m", "memory": "64Mi"}, "min": {"cpu": "5m"}, "maxLimitRequestRatio": {"cpu": "10"}},
        {"type": "Pod", "max": {"cpu": "150m"}},
        {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "2Gi"}}]}})
    space.start_pod("plain", "sleep", "1000")
    assert space.get("pod", "plain")["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "50m", "memory": "32Mi"}, "requests": {"cpu": "10m", "memory": "32Mi"}}
    note = space.field("pod plain", ".metadata.annotations.kubernetes\\.io/limit-ranger")
    assert note == "LimitRanger plugin set: cpu, memory request for container main; cpu, memory limit " \
        "for container main", note
    for resources, why in [
        ({"limits": {"cpu": "200m"}}, "maximum cpu usage per Container is 100m, but limit is 200m"),
        ({"requests": {"cpu": "1m"}}, "minimum cpu usage per Container is 5m, but request is 1m"),
        ({"requests": {"cpu": "5m"}, "limits": {"cpu": "100m"}},
         "cpu max limit to request ratio per Container is 10, but provided ratio is 20.000000"),
    ]:
        said = refusal_of(space, pod(resources))
        assert 'pods "greedy" is forbidden: ' in said and why in said, said
    for size, why in [("512Mi", "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 512Mi"),
                      ("3Gi", "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi")]:
        said = refusal_of(space, claim("data", size))
        assert why in said, said
