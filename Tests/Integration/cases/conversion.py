"""Custom resources whose versions a webhook on another machine converts."""

import contextlib
import json
import tempfile

from cases import case
from cases.webhooks import Hook
from cluster import await_line, end, eventually


class ConversionHook(Hook):
    """Version 1 has `spec.place`, version 2 the same in two fields: `spec.host` and `spec.port`."""

    failure = ""

    def respond(self, path, request):
        self.asked.append(request)
        result = {"status": "Failed", "message": self.failure} if self.failure else {"status": "Success"}
        objects = [convert(item, request["desiredAPIVersion"]) for item in request["objects"]]
        return {"uid": request["uid"], "result": result, "convertedObjects": [] if self.failure else objects}


def convert(item, version):
    spec = item.setdefault("spec", {})
    if "place" in spec:
        spec["host"], spec["port"] = spec.pop("place").split(":")
    elif "host" in spec:
        spec["place"] = f"{spec.pop('host')}:{spec.pop('port')}"
    item["metadata"].setdefault("annotations", {})["converted-to"] = version.split("/")[1]
    return {**item, "apiVersion": version}


def definition(group, hook):
    def version(name, fields, storage):
        spec = {"replicas": {"type": "integer"}, **{field: {"type": "string"} for field in fields}}
        schema = {"type": "object", "properties": {
            "spec": {"type": "object", "properties": spec},
            "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}}}}
        return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema},
                "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
                "additionalPrinterColumns": [{"name": "Where", "type": "string", "jsonPath": f".spec.{fields[0]}"}]}

    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"sites.{group}"}, "spec": {
                "group": group, "scope": "Namespaced", "names": {"plural": "sites", "kind": "Site"},
                "versions": [version("v1", ["place"], True), version("v2", ["host", "port"], False)],
                "conversion": {"strategy": "Webhook", "webhook": {
                    "conversionReviewVersions": ["v1", "v1beta1"],
                    "clientConfig": {"url": f"{hook.url}/convert", "caBundle": hook.authority}}}}}


@contextlib.contextmanager
def sites(space):
    group = f"{space.name}.example.com"
    with tempfile.TemporaryDirectory() as folder:
        hook = ConversionHook(space.cluster.machine.outside, folder)
        try:
            space.apply(definition(group, hook))
            space.kubectl("wait", "--for=condition=Established", f"crd/sites.{group}", "--timeout=60s")
            eventually(lambda: "sites" in space.kubectl("api-resources", f"--api-group={group}", "--cached=false"))
            yield hook, group
        finally:
            hook.failure = ""
            space.kubectl("delete", "crd", f"sites.{group}", "--timeout=60s")
            hook.server.shutdown()


def site(group, version, name, **spec):
    return {"apiVersion": f"{group}/{version}", "kind": "Site", "metadata": {"name": name}, "spec": spec}


@case("a webhook converts custom resources: each version shows, and takes, all objects in its own form")
def all_verbs(space):
    with sites(space) as (hook, group):
        first, second = f"sites.v1.{group}", f"sites.v2.{group}"
        space.kubectl("create", "-f", "-", input=json.dumps(site(group, "v1", "one", place="a:1")))
        space.kubectl("create", "-f", "-", input=json.dumps(site(group, "v2", "two", host="b", port="2", replicas=1)))
        assert [i["spec"] for i in space.get(first)["items"]] == [{"place": "a:1"}, {"place": "b:2", "replicas": 1}]
        assert [i["spec"].get("host") for i in space.get(second)["items"]] == ["a", "b"]
        assert space.get(second, "one")["metadata"]["annotations"] == {"converted-to": "v2"}
        table = space.kubectl("get", second).split()
        assert table == ["NAME", "WHERE", "one", "a", "two", "b"], table
        watch = space.cluster.start_kubectl(
            "get", second, "two", "--watch", "-o", "jsonpath={.spec.host}:{.spec.port}:{.spec.replicas}{'\\n'}",
            namespace=space.name)
        try:
            await_line(watch, "b:2:1", within=60)
            space.kubectl("patch", second, "two", "--type=merge", "-p", '{"spec": {"port": "3"}}')
            await_line(watch, "b:3:1", within=60)
        finally:
            end(watch)
        assert space.get(first, "two")["spec"]["place"] == "b:3"
        space.kubectl("patch", first, "two", "--type=json", "-p", '[{"op": "replace", "path": "/spec/place", "value": "c:9"}]')
        assert space.get(second, "two")["spec"] == {"host": "c", "port": "9", "replicas": 1}
        space.kubectl("scale", second, "two", "--replicas=4")
        space.kubectl("patch", second, "two", "--subresource=status", "--type=merge", "-p", '{"status": {"replicas": 2}}')
        space.apply(site(group, "v2", "two", host="d", port="9"), "--server-side", "--force-conflicts")
        two = space.get(first, "two")
        assert two["spec"] == {"place": "d:9", "replicas": 4} and two["status"] == {"replicas": 2}, two
        space.kubectl("delete", second, "two")
        assert [i["metadata"]["name"] for i in space.get(first)["items"]] == ["one"]


@case("a conversion that fails is told in the webhook's words, and the version that is stored can be changed")
def failures(space):
    with sites(space) as (hook, group):
        first, second = f"sites.v1.{group}", f"sites.v2.{group}"
        # Before anybody has seen it in the other version: what was converted once is remembered.
        hook.failure = "no such place"
        space.kubectl("create", "-f", "-", input=json.dumps(site(group, "v1", "one", place="a:1")))
        done = space.kubectl("get", second, "one", check=False)
        assert f"conversion webhook for {group}/v1, Kind=Site failed: no such place" in done.stderr, done.stderr
        assert space.get(first, "one")["spec"] == {"place": "a:1"}
        hook.failure = ""
        space.kubectl("patch", "crd", f"sites.{group}", "--type=json", "-p", json.dumps([
            {"op": "replace", "path": "/spec/versions/0/storage", "value": False},
            {"op": "replace", "path": "/spec/versions/1/storage", "value": True}]))
        assert space.get("crd", f"sites.{group}")["status"]["storedVersions"] == ["v1", "v2"]
        before = space.field(f"{first} one", ".metadata.resourceVersion")

        def moved():
            space.kubectl("replace", "-f", "-", input=space.kubectl("get", first, "one", "-o", "json"))
            return space.field(f"{first} one", ".metadata.resourceVersion") != before
        eventually(moved)
        hook.failure = "no such place"
        assert space.get(second, "one")["spec"] == {"host": "a", "port": "1"}
        hook.failure = ""
        assert space.get(first, "one")["spec"] == {"place": "a:1"}
