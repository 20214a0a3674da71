"""Policies written as expressions."""

import contextlib
import json

from cases import case


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
