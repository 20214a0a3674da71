"""The official client: typed objects, watches, streams, the dynamic client, files, an informer and an election."""

import itertools
import json
import tempfile
import threading

import yaml
from kubernetes import client, config, dynamic, informer, stream, utils, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

from shared import GROUP, IMAGE, NAMESPACE, config_map, definition, deployment, eventually, pod, widget

config.load_kube_config()
core, apps, custom = client.CoreV1Api(), client.AppsV1Api(), client.CustomObjectsApi()


def refused(question):
    try:
        question()
    except ApiException as error:
        return error.status, json.loads(error.body)
    raise AssertionError("not refused")


def create_read_update_delete():
    made = core.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name="one", labels={"set": "a"}), data={"a": "1"}))
    core.patch_namespaced_config_map("one", NAMESPACE, {"data": {"b": "2"}})
    core.patch_namespaced_config_map("one", NAMESPACE, [{"op": "remove", "path": "/data/a"}])
    now = core.read_namespaced_config_map("one", NAMESPACE)
    assert now.data == {"b": "2"} and now.metadata.uid == made.metadata.uid
    made.data = {"a": "3"}
    status, answer = refused(lambda: core.replace_namespaced_config_map("one", NAMESPACE, made))
    assert (status, answer["reason"]) == (409, "Conflict") and "the object has been modified" in answer["message"], answer
    now.data = {"a": "3"}
    assert core.replace_namespaced_config_map("one", NAMESPACE, now).data == {"a": "3"}
    status, answer = refused(lambda: core.read_namespaced_config_map("two", NAMESPACE))
    assert status == 404 and answer["details"] == {"name": "two", "kind": "configmaps"}, answer
    status, answer = refused(lambda: core.create_namespaced_config_map(NAMESPACE, config_map("No")))
    assert (status, answer["reason"], answer["details"]["causes"][0]["field"]) == (422, "Invalid", "metadata.name"), answer
    gone = core.delete_namespaced_config_map("one", NAMESPACE, body=client.V1DeleteOptions(
        preconditions=client.V1Preconditions(uid=made.metadata.uid)))
    assert gone["status"] == "Success" and gone["details"]["uid"] == made.metadata.uid, gone


def lists_in_chunks():
    for number in range(5):
        core.create_namespaced_config_map(NAMESPACE, config_map(f"c{number}", {"set": "chunks"}))
    names, token = [], None
    while True:
        part = core.list_namespaced_config_map(NAMESPACE, label_selector="set=chunks", limit=2, _continue=token)
        names += [item.metadata.name for item in part.items]
        token = part.metadata._continue
        if not token:
            break
    assert names == [f"c{number}" for number in range(5)], names
    part = core.list_namespaced_config_map(NAMESPACE, field_selector="metadata.name!=c1", label_selector="set in (chunks)")
    assert len(part.items) == 4
    core.delete_collection_namespaced_config_map(NAMESPACE, label_selector="set=chunks")
    assert not core.list_namespaced_config_map(NAMESPACE, label_selector="set=chunks").items


def patches():
    apps.create_namespaced_deployment(NAMESPACE, deployment("patched", 0))
    apply = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "patched"}, "spec": {"replicas": 0}}
    status, answer = refused(lambda: apps.patch_namespaced_deployment(
        "patched", NAMESPACE, {**apply, "spec": {"paused": True, "replicas": 3}}, field_manager="other",
        _content_type="application/apply-patch+yaml"))
    assert status == 409 and answer["details"]["causes"][0]["reason"] == "FieldManagerConflict", answer
    done = apps.patch_namespaced_deployment("patched", NAMESPACE, apply, field_manager="other",
                                            _content_type="application/apply-patch+yaml")
    entry = next(entry for entry in done.metadata.managed_fields if entry.manager == "other")
    assert entry.operation == "Apply" and entry.fields_v1 == {"f:spec": {"f:replicas": {}}}, entry
    side = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": IMAGE}]}}}}
    done = apps.patch_namespaced_deployment("patched", NAMESPACE, side)
    assert [c.name for c in done.spec.template.spec.containers] == ["side", "main"], "strategic is what it falls back to"
    done = apps.patch_namespaced_deployment("patched", NAMESPACE, side, _content_type="application/merge-patch+json")
    assert [c.name for c in done.spec.template.spec.containers] == ["side"]
    scale = apps.patch_namespaced_deployment_scale("patched", NAMESPACE, {"spec": {"replicas": 0}})
    assert (scale.kind, scale.spec.replicas, scale.status.selector) == ("Scale", 0, "app=patched"), scale


def watches():
    begun = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    for number in (1, 2, 3):
        core.create_namespaced_config_map(NAMESPACE, config_map(f"w{number}", {"set": "watch"}))
    core.delete_namespaced_config_map("w1", NAMESPACE)

    def seen(count, **options):
        told = watch.Watch().stream(core.list_namespaced_config_map, NAMESPACE, label_selector="set=watch",
                                    timeout_seconds=60, **options)
        return [(event["type"], event["object"].metadata.name, event["object"].metadata.resource_version)
                for event in itertools.islice(told, count)]

    events = seen(4, resource_version=begun)
    assert [event[:2] for event in events] == [
        ("ADDED", "w1"), ("ADDED", "w2"), ("ADDED", "w3"), ("DELETED", "w1")], events
    assert seen(2, resource_version=events[1][2]) == events[2:], "a watch goes on where another ended"
    assert sorted(event[:2] for event in seen(2)) == [("ADDED", "w2"), ("ADDED", "w3")]
    # It ends by itself when its time is over.
    list(watch.Watch().stream(core.list_namespaced_config_map, NAMESPACE, timeout_seconds=1))
    selected = watch.Watch()
    told = selected.stream(core.list_namespaced_config_map, NAMESPACE, label_selector="set=watch",
                           resource_version=begun, timeout_seconds=60)
    assert next(told)["object"].metadata.name == "w1"
    core.patch_namespaced_config_map("w3", NAMESPACE, {"metadata": {"labels": {"set": "none"}}})
    assert next(event for event in told if event["object"].metadata.name == "w3" and event["type"] == "DELETED")
    selected.stop()
    refusal = refused(lambda: list(watch.Watch().stream(core.list_namespaced_config_map, NAMESPACE, resource_version="old")))
    assert refusal[1]["details"]["causes"][0]["field"] == "resourceVersion", refusal


def streams():
    core.create_namespaced_pod(NAMESPACE, pod("busy", "echo first; echo second; cat"))
    for event in watch.Watch().stream(core.list_namespaced_pod, NAMESPACE, label_selector="app=busy", timeout_seconds=60):
        if event["object"].status.phase == "Running":
            break
    connect = core.connect_get_namespaced_pod_exec
    said = stream.stream(connect, "busy", NAMESPACE, command=["echo", "hello"], stdout=True, stderr=True, stdin=False, tty=False)
    assert said == "hello\n", said
    shell = stream.stream(connect, "busy", NAMESPACE, command=["sh", "-c", "read a; echo out $a; echo err >&2; exit 3"],
                          stdout=True, stderr=True, stdin=True, tty=False, _preload_content=False)
    shell.write_stdin("in\n")
    shell.run_forever(timeout=60)
    assert (shell.read_stdout(), shell.read_stderr(), shell.returncode) == ("out in\n", "err\n", 3)
    attached = stream.stream(core.connect_get_namespaced_pod_attach, "busy", NAMESPACE, stdin=True, stdout=True,
                             stderr=True, tty=False, _preload_content=False)
    attached.write_stdin("third\n")
    assert "third" in (attached.readline_stdout(timeout=60) for _ in range(3))
    attached.close()
    lines = watch.Watch().stream(core.read_namespaced_pod_log, "busy", NAMESPACE)
    assert [next(lines) for _ in range(3)] == ["first", "second", "third"]
    assert core.read_namespaced_pod_log("busy", NAMESPACE, tail_lines=1).strip() == "third"


def port_forward():
    core.create_namespaced_pod(NAMESPACE, pod("web", "mkdir /www; echo page > /www/index.html; httpd -f -p 80 -h /www"))
    connect = core.connect_get_namespaced_pod_exec
    eventually(lambda: core.read_namespaced_pod("web", NAMESPACE).status.phase == "Running")
    eventually(lambda: "page" in stream.stream(
        connect, "web", NAMESPACE, command=["wget", "-q", "-O", "-", "http://127.0.0.1/"], stdout=True, stderr=True))
    for _ in range(2):
        forward = stream.portforward(core.connect_get_namespaced_pod_portforward, "web", NAMESPACE, ports="80,81")
        talking = forward.socket(80)
        talking.setblocking(True)
        talking.sendall(b"GET / HTTP/1.0\r\n\r\n")
        said = b""
        while part := talking.recv(1024):
            said += part
        talking.close()
        assert said.endswith(b"page\n"), said
        assert forward.error(80) is None
    page, status, _ = core.connect_get_namespaced_pod_proxy_with_http_info("web", NAMESPACE)
    assert (page, status) == ("page\n", 200), page


def dynamic_client():
    with tempfile.NamedTemporaryFile() as file:
        api = dynamic.DynamicClient(client.ApiClient(), cache_file=file.name + ".json")
        maps = api.resources.get(api_version="v1", kind="ConfigMap")
        maps.create(body=config_map("dynamic", a="1"), namespace=NAMESPACE)
        try:
            api.resources.get(api_version=f"{GROUP}/v1", kind="Widget")
            raise AssertionError("found before it was")
        except ResourceNotFoundError:
            pass
        definitions = api.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
        definitions.create(body=definition())
        for event in definitions.watch(name=f"widgets.{GROUP}", timeout=60):
            conditions = (event["raw_object"].get("status") or {}).get("conditions") or []
            if {"type": "Established", "status": "True"}.items() <= next(
                    (c.items() for c in conditions if c["type"] == "Established"), {}.items()):
                break
        # What another has kept in a file may be old: it is read anew when a kind is missing.
        other = dynamic.DynamicClient(client.ApiClient(), cache_file=file.name + ".json")
        widgets = other.resources.get(api_version=f"{GROUP}/v1", kind="Widget")
        assert {"status", "scale"} <= set(widgets.subresources), widgets.subresources
        widgets.create(body=widget("w", replicas=1), namespace=NAMESPACE)
        widgets.status.patch(name="w", namespace=NAMESPACE, body={"status": {"replicas": 1}, "spec": {"replicas": 7}},
                             content_type="application/merge-patch+json")
        scale = widgets.scale.get(name="w", namespace=NAMESPACE)
        assert (scale.kind, scale.spec.replicas, scale.status.replicas) == ("Scale", 1, 1), scale
        done = widgets.server_side_apply(name="w", namespace=NAMESPACE, body=widget("w", color="red"), field_manager="script")
        assert done.spec.to_dict() == {"replicas": 1, "color": "red"}, done
        _, answer = refused(lambda: widgets.server_side_apply(
            name="w", namespace=NAMESPACE, body=widget("w", color="blue"), field_manager="rival"))
        assert 'conflict with "script": .spec.color' in answer["message"], answer
        listed = maps.get(namespace=NAMESPACE)
        assert "dynamic" in [item.metadata.name for item in listed.items]
        path = (GROUP, "v1", NAMESPACE, "widgets")
        done = custom.patch_namespaced_custom_object(
            *path, "w", [{"op": "replace", "path": "/spec/color", "value": "green"}], _content_type="application/json-patch+json")
        assert done["spec"]["color"] == "green"
        assert custom.get_namespaced_custom_object_status(*path, "w")["status"] == {"replicas": 1}
        told = watch.Watch().stream(custom.list_namespaced_custom_object, *path, timeout_seconds=60)
        assert next(told)["object"]["metadata"]["name"] == "w"
        definitions.delete(name=f"widgets.{GROUP}")
        try:
            eventually(lambda: not widgets.get(namespace=NAMESPACE).items and False)
        except NotFoundError:
            pass


def files():
    objects = [config_map("filed", a="1"), {"apiVersion": "v1", "kind": "List", "items": [deployment("filed", 0)]}]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(yaml.dump_all(objects))
        file.flush()
        made = utils.create_from_yaml(client.ApiClient(), file.name, namespace=NAMESPACE)
        assert len(made) == 2, made
        try:
            utils.create_from_yaml(client.ApiClient(), file.name, namespace=NAMESPACE)
            raise AssertionError("made twice")
        except utils.FailToCreateError as error:
            assert [one.status for one in error.api_exceptions] == [409, 409], error
    for value in ("1", "2"):
        utils.create_from_yaml(client.ApiClient(), yaml_objects=[config_map("applied", a=value)], namespace=NAMESPACE, apply=True)
    assert core.read_namespaced_config_map("applied", NAMESPACE).data == {"a": "2"}


def keeps_a_copy():
    seen, keeper = [], informer.SharedInformer(core.list_namespaced_secret, namespace=NAMESPACE)
    for kind in (informer.ADDED, informer.MODIFIED, informer.DELETED):
        keeper.add_event_handler(kind, lambda secret, kind=kind: seen.append((kind, secret.metadata.name)))
    keeper.start()
    try:
        core.create_namespaced_secret(NAMESPACE, {"metadata": {"name": "kept"}, "stringData": {"a": "1"}})
        core.patch_namespaced_secret("kept", NAMESPACE, {"stringData": {"a": "2"}})
        eventually(lambda: [kept.data["a"] for kept in [keeper.cache.get_by_key(f"{NAMESPACE}/kept")] if kept] == ["Mg=="])
        core.delete_namespaced_secret("kept", NAMESPACE)
        eventually(lambda: ("DELETED", "kept") in seen and not keeper.cache.get_by_key(f"{NAMESPACE}/kept"))
    finally:
        keeper.stop()


def election():
    leases, led, leave = client.CoordinationV1Api(), [], threading.Event()
    unread = {"metadata": {"name": "unread"}, "spec": {"renewTime": "2020-01-01T00:00:00Z"}}
    status, answer = refused(lambda: leases.create_namespaced_lease(NAMESPACE, unread))
    assert status == 400 and answer["message"].startswith(
        'Lease in version "v1" cannot be handled as a Lease: parsing time'), answer
    old = {"holderIdentity": "gone", "leaseDurationSeconds": 1, "leaseTransitions": 4,
           "acquireTime": "2020-01-01T00:00:00.000001Z", "renewTime": "2020-01-01T00:00:00.000001Z"}
    leases.create_namespaced_lease(NAMESPACE, {"metadata": {"name": "election"}, "spec": old})

    def leading():
        led.append("now")
        leave.wait()

    candidate = leaderelection.LeaderElection(electionconfig.Config(
        LeaseLock("election", NAMESPACE, "candidate"), lease_duration=3, renew_deadline=2, retry_period=1,
        onstarted_leading=leading, onstopped_leading=None))
    threading.Thread(target=candidate.run, daemon=True).start()
    eventually(lambda: led)
    taken = leases.read_namespaced_lease("election", NAMESPACE).spec
    assert taken.holder_identity == "candidate", taken
    eventually(lambda: leases.read_namespaced_lease("election", NAMESPACE).spec.renew_time > taken.renew_time)


def rights():
    review = client.AuthorizationV1Api().create_self_subject_access_review({"spec": {"resourceAttributes": {
        "verb": "delete", "resource": "pods", "namespace": NAMESPACE}}})
    assert review.status.allowed
    token = core.create_namespaced_service_account_token("default", NAMESPACE, {"spec": {"expirationSeconds": 600}})
    who = client.AuthenticationV1Api().create_token_review({"spec": {"token": token.status.token}})
    assert who.status.user.username == f"system:serviceaccount:{NAMESPACE}:default", who
    mine = client.Configuration.get_default_copy()
    mine.api_key, mine.cert_file, mine.key_file = {"authorization": f"Bearer {token.status.token}"}, None, None
    status, answer = refused(lambda: client.CoreV1Api(client.ApiClient(mine)).list_namespaced_pod(NAMESPACE))
    assert (status, answer["reason"]) == (403, "Forbidden"), answer
    version = client.VersionApi().get_code()
    assert (version.major, version.minor) == ("1", "36"), version


def asynchronous():
    import asyncio
    from kubernetes.aio import client as aio, config as aio_config, watch as aio_watch

    async def session():
        await aio_config.load_kube_config()
        async with aio.ApiClient() as api:
            core = aio.CoreV1Api(api)
            await core.create_namespaced_config_map(NAMESPACE, config_map("async", a="1"))
            async for event in aio_watch.Watch().stream(core.list_namespaced_config_map, NAMESPACE, timeout_seconds=60,
                                                        field_selector="metadata.name=async"):
                return event["object"].data

    assert asyncio.run(session()) == {"a": "1"}


for step in (create_read_update_delete, lists_in_chunks, patches, watches, streams, port_forward, dynamic_client, files,
             keeps_a_copy, election, rights, asynchronous):
    step()
    print(step.__name__, flush=True)
