"""What the scripts share: where they are, and a kind of their own. Each runs in a namespace that is its alone."""

import os
import sys

# Last, since the runner's own modules have names that the clients' packages have too.
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cluster import IMAGE, eventually  # noqa: E402,F401

NAMESPACE = os.environ["NAMESPACE"]
GROUP = f"{NAMESPACE}.example.org"


def definition():
    """Widgets, with status and scale; the group is the namespace's, so that scripts do not meet."""
    count = {"type": "object", "properties": {"replicas": {"type": "integer"}}, "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": count, "status": count}}
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{GROUP}"}, "spec": {
            "group": GROUP, "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema},
                          "subresources": {"status": {}, "scale": scale}}]}}


def widget(name, **spec):
    return {"apiVersion": f"{GROUP}/v1", "kind": "Widget", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


def config_map(name, labels=None, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": data,
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels or {}}}


def pod(name, script="sleep 1000"):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "main", "image": IMAGE, "command": ["sh", "-c", script], "stdin": True}]}}


def deployment(name, replicas=1):
    template = {"metadata": {"labels": {"app": name}}, "spec": pod(name)["spec"]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}}
