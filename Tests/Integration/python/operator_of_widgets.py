"""An operator with kopf: a widget becomes a ConfigMap of its own, its status tells of it, a finalizer guards its end."""

import kopf
import kubernetes

from shared import GROUP, NAMESPACE


def config(spec):
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": {"color": spec["color"]}}


@kopf.on.startup()
def settle(settings, **_):
    settings.persistence.finalizer = f"{GROUP}/operator"
    settings.posting.level = 20


@kopf.on.create(GROUP, "v1", "widgets")
def create(spec, name, body, **_):
    child = config(spec)
    child["metadata"] = {"name": name}
    kopf.adopt(child)
    kubernetes.config.load_kube_config()
    kubernetes.client.CoreV1Api().create_namespaced_config_map(NAMESPACE, child)
    kopf.info(body, reason="Painted", message=f"{name} is {spec['color']}")
    return {"color": spec["color"]}


@kopf.on.update(GROUP, "v1", "widgets", field="spec.color")
def update(old, new, name, patch, **_):
    kubernetes.config.load_kube_config()
    kubernetes.client.CoreV1Api().patch_namespaced_config_map(name, NAMESPACE, {"data": {"color": new}})
    patch.status["before"] = old


@kopf.on.resume(GROUP, "v1", "widgets")
def resume(patch, **_):
    patch.status["resumed"] = True


@kopf.on.delete(GROUP, "v1", "widgets")
def delete(name, spec, **_):
    kubernetes.config.load_kube_config()
    farewell = {**config(spec), "metadata": {"name": f"{name}-is-gone"}}
    kubernetes.client.CoreV1Api().create_namespaced_config_map(NAMESPACE, farewell)
