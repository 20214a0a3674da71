"""Policies written as expressions, and what the labels of a namespace ask of its pods."""

import contextlib
import json

from cases import case
from cluster import eventually


@contextlib.contextmanager
def policy(space, kind, name, spec, binding=None):
    """A policy for the case's namespace alone, bound to it."""
    group = "admissionregistration.k8s.io/v1"
    name = f"{space.name}-{name}"
    bound = {"policyName": name, "matchResources": {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": space.name}}}, **(binding or {})}
    items = [
        {"apiVersion": group, "kind": kind, "metadata": {"name": name}, "spec": spec},
        {"apiVersion": group, "kind": f"{kind}Binding", "metadata": {"name": name}, "spec": bound}]
    space.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    try:
        yield name
    finally:
        space.kubectl("delete", kind, name)
        space.kubectl("delete", f"{kind}Binding", name)


def rules(resource, group="", version="v1", operations=("CREATE", "UPDATE")):
    return {"resourceRules": [{
        "apiGroups": [group], "apiVersions": [version], "operations": list(operations), "resources": [resource]}]}


SIDECAR = """
Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
    containers: [Object.spec.template.spec.containers{name: "side", image: params.data.image}]
}}}}
"""

LABEL = """
[JSONPatch{op: "test", path: "/spec/replicas", value: 2},
 JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/size"), value: variables.size}]
"""


@case("a mutating policy adds a sidecar and a label, by its parameters, and kubectl sees why another one fails")
def mutating(space):
    space.kubectl("create", "configmap", "sidecar", "--from-literal=image=proxy:1")
    spec = {
        "matchConstraints": rules("deployments", "apps"), "reinvocationPolicy": "IfNeeded",
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "variables": [{"name": "size", "expression": "object.spec.replicas > 1 ? 'large' : 'small'"}],
        "matchConditions": [{"name": "marked", "expression": "object.metadata.name.startsWith('marked')"}],
        "mutations": [
            {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": SIDECAR}},
            {"patchType": "JSONPatch", "jsonPatch": {"expression": LABEL}}]}
    params = {"paramRef": {"name": "sidecar", "parameterNotFoundAction": "Deny"}}
    with policy(space, "MutatingAdmissionPolicy", "sidecar", spec, params):
        made = json.loads(space.kubectl(
            "create", "deployment", "marked", "--image=none", "--replicas=2", "--dry-run=server", "-o", "json"))
        assert made["metadata"]["labels"]["example.com/size"] == "large", made["metadata"]
        images = {c["name"]: c["image"] for c in made["spec"]["template"]["spec"]["containers"]}
        assert images == {"none": "none", "side": "proxy:1"}, images
        plain = json.loads(space.kubectl(
            "create", "deployment", "plain", "--image=none", "--replicas=2", "--dry-run=server", "-o", "json"))
        assert len(plain["spec"]["template"]["spec"]["containers"]) == 1, plain["spec"]
    broken = {
        "matchConstraints": rules("configmaps"), "reinvocationPolicy": "Never",
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {
            "expression": "Object{data: {'a': object.data.missing}}"}}]}
    with policy(space, "MutatingAdmissionPolicy", "broken", broken) as name:
        done = space.kubectl("create", "configmap", "some", "--from-literal=a=b", check=False)
        assert done.returncode == 1 and (
            f"policy '{name}' with binding '{name}' denied request: expression 'Object{{data: {{'a': object.data.missing}}}}' "
            "resulted in error: no such key: missing") in done.stderr, done.stderr
    broken["mutations"] = [{"patchType": "JSONPatch", "jsonPatch": {"expression": "'teapot'"}}]
    refused = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy",
               "metadata": {"name": f"{space.name}-refused"}, "spec": broken}
    done = space.kubectl("create", "-f", "-", input=json.dumps(refused), check=False)
    assert done.returncode == 1 and "must evaluate to list(JSONPatch) but got string" in done.stderr, done.stderr


@case("a namespace asks of its pods what its labels say, and kubectl is told what is wrong with them")
def pod_security(space):
    def pod(name, **context):
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "nodeSelector": {"nowhere": "yes"},
            "containers": [{"name": "c", "image": "none", "securityContext": context}]}}

    def create(body, *options):
        return space.kubectl("create", "-f", "-", *options, input=json.dumps(body), check=False)

    modest = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
              "seccompProfile": {"type": "RuntimeDefault"}}
    assert create(pod("old", privileged=True)).returncode == 0
    label = "pod-security.kubernetes.io/enforce"
    done = space.kubectl("label", "namespace", space.name, f"{label}=baseline", check=False)
    assert done.returncode == 0 and (
        f'Warning: existing pods in namespace "{space.name}" violate the new PodSecurity enforce level "baseline:latest"'
        in done.stderr and "Warning: old: privileged" in done.stderr), done.stderr
    done = create(pod("new", privileged=True))
    assert done.returncode == 1 and (
        'pods "new" is forbidden: violates PodSecurity "baseline:latest": privileged (container "c" must not set '
        "securityContext.privileged=true)") in done.stderr, done.stderr
    assert create(pod("plain")).returncode == 0
    space.kubectl("label", "namespace", space.name, f"{label}=restricted", f"{label}-version=v1.30", "--overwrite")
    done = create(pod("loose"))
    assert done.returncode == 1 and (
        'violates PodSecurity "restricted:v1.30": allowPrivilegeEscalation != false (container "c" must set '
        'securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set '
        'securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set '
        'securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set '
        'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")') in done.stderr, done.stderr
    assert create(pod("modest", **modest)).returncode == 0
    done = space.kubectl("create", "deployment", "loose", "--image=none", "--replicas=0", check=False)
    assert done.returncode == 0 and (
        'Warning: would violate PodSecurity "restricted:v1.30": allowPrivilegeEscalation != false (container "none"'
    ) in done.stderr, done.stderr
    done = space.kubectl("label", "namespace", space.name, f"{label}=strict", "--overwrite", check=False)
    assert done.returncode == 1 and "must be one of privileged, baseline, restricted" in done.stderr, done.stderr
    space.kubectl("label", "namespace", space.name, f"{label}-", f"{label}-version-")
    eventually(lambda: create(pod("free", privileged=True)).returncode == 0)


@case("a policy's status says what is wrong with its expressions for the kinds that it is about")
def type_checks(space):
    spec = {
        "matchConstraints": rules("deployments", "apps"),
        "validations": [{"expression": "object.spec.repicas < 5"}, {"expression": "object.spec.replicas < 5"}]}
    with policy(space, "ValidatingAdmissionPolicy", "typed", spec, {"validationActions": ["Audit"]}) as name:
        def status():
            found = json.loads(space.kubectl("get", "validatingadmissionpolicy", name, "-o", "json"))
            checked = found["status"].get("observedGeneration") == found["metadata"]["generation"]
            return checked and found["status"]

        warnings = eventually(status)["typeChecking"]["expressionWarnings"]
        assert [w["fieldRef"] for w in warnings] == ["spec.validations[0].expression"], warnings
        assert warnings[0]["warning"].startswith(
            "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'repicas'"), warnings
        space.kubectl("patch", "validatingadmissionpolicy", name, "--type=json", "-p", json.dumps(
            [{"op": "remove", "path": "/spec/validations/0"}]))
        eventually(lambda: status() and "expressionWarnings" not in status()["typeChecking"])
