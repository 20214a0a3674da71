"""lightkube: typed and generic resources, apply, lists in chunks, watches, subresources, waits, logs and sets."""

import itertools
import threading
import time

import lightkube
from lightkube import ApiError, codecs, operators
from lightkube.generic_resource import get_generic_resource, load_in_cluster_generic_resources
from lightkube.models.autoscaling_v1 import ScaleSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Pod
from lightkube.types import PatchType

from shared import GROUP, NAMESPACE, config_map, definition, deployment, eventually, pod, widget

client = lightkube.Client(namespace=NAMESPACE, field_manager="script")


def maps(**selectors):
    return [one.metadata.name for one in client.list(ConfigMap, **selectors)]


def objects():
    client.create(ConfigMap(metadata=ObjectMeta(name="one", namespace=NAMESPACE, labels={"set": "a"}), data={"a": "1"}))
    client.patch(ConfigMap, "one", {"data": {"b": "2"}}, patch_type=PatchType.MERGE)
    client.patch(ConfigMap, "one", [{"op": "remove", "path": "/data/a"}], patch_type=PatchType.JSON)
    one = client.get(ConfigMap, "one")
    assert one.data == {"b": "2"}, one
    one.data["c"] = "3"
    assert client.replace(one).data == {"b": "2", "c": "3"}
    try:
        client.replace(one)
        raise AssertionError("replaced what has changed")
    except ApiError as error:
        assert (error.status.reason, error.status.code) == ("Conflict", 409), error.status
    labeled = client.set(ConfigMap, "one", labels={"set": None, "tier": "front"}, annotations={"note": "x"}).metadata
    assert (labeled.labels, labeled.annotations) == ({"tier": "front"}, {"note": "x"}), labeled
    try:
        client.get(ConfigMap, "two")
        raise AssertionError("found")
    except ApiError as error:
        assert error.status.details.name == "two" and error.status.reason == "NotFound", error.status
    client.delete(ConfigMap, "one", cascade=lightkube.types.CascadeType.BACKGROUND)
    assert maps(fields={"metadata.name": "one"}) == []


def chunks_and_selectors():
    for number in range(5):
        client.create(ConfigMap(metadata=ObjectMeta(name=f"c{number}", namespace=NAMESPACE, labels={"n": str(number)})))
    assert maps(labels={"n": operators.exists()}, chunk_size=2) == [f"c{number}" for number in range(5)]
    assert maps(labels={"n": operators.in_(["1", "3"])}) == ["c1", "c3"]
    assert maps(labels={"n": operators.not_in(["1", "3"]), "m": operators.not_exists()}, fields={
        "metadata.name": operators.not_equal("c0"), "metadata.namespace": NAMESPACE})[:2] == ["c2", "c4"]
    client.deletecollection(ConfigMap)
    assert maps(labels={"n": operators.exists()}) == []


def applies():
    made = client.apply(codecs.from_dict(deployment("applied", 0)))
    assert made.metadata.managedFields[0].operation == "Apply" and made.metadata.managedFields[0].manager == "script"
    try:
        client.apply(codecs.from_dict(deployment("applied", 1)), field_manager="rival")
        raise AssertionError("no conflict")
    except ApiError as error:
        assert error.status.details.causes[0].field == ".spec.replicas", error.status
    taken = client.apply(codecs.from_dict(deployment("applied", 1)), field_manager="rival", force=True)
    assert taken.spec.replicas == 1
    many = codecs.load_all_yaml(codecs.dump_all_yaml([codecs.from_dict(config_map(f"many{n}", {"set": "many"})) for n in (1, 2)]))
    assert [client.apply(one).metadata.name for one in many] == ["many1", "many2"]


def scales_and_waits():
    client.replace(Deployment.Scale(metadata=ObjectMeta(name="applied", namespace=NAMESPACE), spec=ScaleSpec(replicas=2)),
                   name="applied")
    scaled = client.get(Deployment.Scale, "applied")
    assert (scaled.spec.replicas, scaled.status.selector) == (2, "app=applied"), scaled
    client.wait(Deployment, "applied", for_conditions=["Available"])
    client.create(codecs.from_dict(pod("ends", "echo first; echo second; exit 1")))
    lines = list(itertools.islice(follow("ends"), 2))
    assert [line.strip() for line in lines] == ["first", "second"], lines
    client.patch(Deployment.Status, "applied", {"status": {"conditions": [
        {"type": "Own", "status": "True"}]}})
    kinds = {condition.type for condition in client.get(Deployment.Status, "applied").status.conditions}
    assert "Available" in kinds, kinds


def follow(name):
    client.wait(Pod, name, for_conditions=["PodScheduled"])
    while True:
        try:
            return client.log(name, follow=True)
        except ApiError as error:
            early = ("is waiting to start", "is not available")
            assert any(words in error.status.message for words in early), error.status
            time.sleep(0.2)


def watches():
    seen = []

    def look():
        with lightkube.Client(namespace=NAMESPACE) as own:
            for kind, one in own.watch(ConfigMap, labels={"w": "1"}):
                seen.append((kind, one.metadata.name))
                if kind == "DELETED":
                    return

    client.create(codecs.from_dict(config_map("w0", {"w": "1"})))
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    eventually(lambda: seen == [("ADDED", "w0")])
    client.create(codecs.from_dict(config_map("w1", {"w": "1"})))
    client.patch(ConfigMap, "w1", {"data": {"a": "1"}})
    client.delete(ConfigMap, "w1")
    looking.join(timeout=60)
    assert seen[1:] == [("ADDED", "w1"), ("MODIFIED", "w1"), ("DELETED", "w1")], seen
    begun = client.list(ConfigMap)
    assert len(list(begun)) > 1
    client.create(codecs.from_dict(config_map("w2", {"w": "1"})))
    kind, one = next(client.watch(ConfigMap, labels={"w": "1"}, resource_version=begun.resourceVersion, server_timeout=60))
    assert (kind, one.metadata.name) == ("ADDED", "w2")


def kinds_of_its_own():
    name = f"widgets.{GROUP}"
    client.create(codecs.from_dict(definition()))
    client.wait(CustomResourceDefinition, name, for_conditions=["Established"])
    load_in_cluster_generic_resources(client)
    Widget = get_generic_resource(f"{GROUP}/v1", "Widget")
    client.create(Widget(widget("one", replicas=1)))
    client.patch(Widget.Status, "one", {"status": {"replicas": 1}}, patch_type=PatchType.MERGE)
    client.replace(Widget.Scale(metadata=ObjectMeta(name="one", namespace=NAMESPACE), spec=ScaleSpec(replicas=3)), name="one")
    one = client.get(Widget, "one")
    assert (one.spec, one.status) == ({"replicas": 3}, {"replicas": 1}), one
    done = client.apply(Widget(widget("one", color="red")))
    assert done.spec == {"replicas": 3, "color": "red"}, done
    assert [w.metadata.name for w in client.list(Widget, namespace="*")] == ["one"]
    client.delete(CustomResourceDefinition, name)


for step in (objects, chunks_and_selectors, applies, scales_and_waits, watches, kinds_of_its_own):
    step()
    print(step.__name__, flush=True)
