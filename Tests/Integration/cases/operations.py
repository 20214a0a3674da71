"""What those who run an API server see of it, and change while it runs."""

import json
import os
import ssl
import threading

from apiserver import OwnServer
from cases import case
from cluster import eventually
from collector import Collector
from elsewhere import elsewhere
from machine import run


def bearer(token):
    return "-H", f"Authorization: Bearer {token}"


@case("a server tells what it counts, what it was told and that it is about to leave, and logs as JSON")
def tells(space):
    with OwnServer(space) as server:
        server.start("--logging-format=json", "--shutdown-delay-duration=20s")
        service = 'aggregator_unavailable_apiservice{name="v1.apps"} 0'
        eventually(lambda: service in server.kubectl("get", "--raw", "/metrics"))
        page = server.kubectl("get", "--raw", "/metrics")
        assert "/apis/apps/v1" in json.loads(server.kubectl("get", "--raw", "/"))["paths"]
        for line in ['apiserver_request_total{', 'apiserver_storage_objects{', 'etcd_request_duration_seconds_bucket{',
                     'apiserver_flowcontrol_nominal_limit_seats{priority_level="system"}', 'process_open_fds ',
                     'apiserver_storage_size_bytes{']:
            assert line in page, (line, page[:2000])
        assert "kubernetes_healthcheck{" in server.kubectl("get", "--raw", "/metrics/slis")
        assert "shutdown-delay-duration" in server.kubectl("get", "--raw", "/flagz")
        assert "Binary version" in server.kubectl("get", "--raw", "/statusz")
        said = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        assert [line for line in said if line["msg"] == "API server listens" and line["ts"]], said
        server.terminate()
        eventually(lambda: server.curl("/readyz")[0] == 500)
        assert server.curl("/livez") == (200, "ok")


@case("a server that ends answers what is under way, sends newcomers away, and sends on what it has noted")
def drains(space):
    with elsewhere(space) as place, OwnServer(space) as server, Collector(space.cluster.machine.outside) as collector:
        release = threading.Event()

        def judge(review):
            release.wait(60)
            return {**review, "response": {"uid": review["request"]["uid"], "allowed": True}}

        place.answers["/hook"] = judge
        place.answers["/audit"] = lambda events: {}
        policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
            {"level": "Metadata", "verbs": ["create"], "resources": [{"resources": ["configmaps"]}]}]}
        server.start(
            "--shutdown-send-retry-after", "--token-auth-file", server.file("tokens.csv", 'root,root,1,"system:masters"\n'),
            "--audit-policy-file", server.file("policy.json", json.dumps(policy)),
            "--audit-webhook-config-file", server.file("audit.json", place.kubeconfig("/audit")),
            "--audit-webhook-batch-max-wait=1h",
            "--tracing-config-file", server.file("tracing.json", json.dumps({
                "apiVersion": "apiserver.config.k8s.io/v1", "kind": "TracingConfiguration",
                "endpoint": collector.endpoint, "samplingRatePerMillion": 1000000})))
        server.kubectl("create", "-f", "-", input=json.dumps({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "hook"}, "webhooks": [{
                "name": "hook.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "timeoutSeconds": 30,
                "clientConfig": {"url": place.url + "/hook", "caBundle": place.authority},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                           "resources": ["configmaps"]}]}]}))
        answers = []
        data = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}})
        asking = threading.Thread(target=lambda: answers.append(server.curl(
            "/api/v1/namespaces/default/configmaps", *bearer("root"), "-H", "content-type: application/json", "-d", data)))
        asking.start()
        eventually(lambda: any(path.startswith("/hook") for path, _ in place.asked))
        server.terminate()
        eventually(lambda: server.curl("/api", *bearer("root"))[0] == 429)
        for version in ("--http1.1", "--http2"):
            code, said = server.curl("/api", *bearer("root"), "-i", version)
            assert code == 429 and "retry-after: 5" in said.lower(), said
            assert "The apiserver is shutting down, please try again later." in said, said
            assert ("connection: close" in said.lower()) == (version == "--http1.1"), said
        assert server.curl("/livez")[0] == 200
        release.set()
        asking.join(60)
        assert answers and answers[0][0] == 201, answers
        server.wait()
        events = [event for path, body in place.asked if path.startswith("/audit") for event in body["items"]]
        assert [event["objectRef"]["name"] for event in events] == ["late"], events
        assert [span for span in collector.spans if span.name.startswith("POST /api/v1/namespaces/")], collector.spans


@case("the queues and clients of controllers tell what they do")
def queues(space):
    space.kubectl("create", "deployment", "counted", "--image=none", "--replicas=0")
    page = space.kubectl("get", "--raw", "/metrics")
    lines = [line for line in page.splitlines() if line.startswith("workqueue_adds_total{")]
    names = {line.split('name="')[1].split('"')[0] for line in lines}
    assert any("deployment" in name for name in names), names
    assert "workqueue_queue_duration_seconds_bucket{" in page and "workqueue_depth{" in page
    assert 'rest_client_requests_total{code="200",host="localhost",method="GET"} ' in page, page[-3000:]
    assert 'rest_client_request_duration_seconds_count{host="localhost",verb="GET"} ' in page, page[-3000:]


@case("a changed file of authorizers is in force without a restart, and a faulty one changes nothing")
def reloaded(space):
    with elsewhere(space) as place, OwnServer(space) as server:
        place.answers["/rights"] = lambda review: {**review, "status": {"allowed": True}}

        def configuration(*authorizers):
            return json.dumps({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthorizationConfiguration",
                               "authorizers": [{"type": "RBAC", "name": "rbac"}, *authorizers]})

        webhook = {"type": "Webhook", "name": "far", "webhook": {
            "authorizedTTL": "1s", "unauthorizedTTL": "1s", "timeout": "10s", "failurePolicy": "NoOpinion",
            "subjectAccessReviewVersion": "v1", "matchConditionSubjectAccessReviewVersion": "v1", "connectionInfo": {
                "type": "KubeConfigFile", "kubeConfigFile": server.file("far.json", place.kubeconfig("/rights"))}}}
        server.start("--token-auth-file", server.file("tokens.csv", "one,tim,7\n"),
                     "--authorization-config", server.file("rights.json", configuration()))
        maps = "/api/v1/namespaces/default/configmaps"
        assert server.curl(maps, *bearer("one"))[0] == 403
        server.file("rights.json", configuration(webhook))
        eventually(lambda: server.curl(maps, *bearer("one"))[0] == 200)
        server.file("rights.json", configuration({"type": "Nobody", "name": "x"}))
        name = "apiserver_authorization_config_controller_automatic_reloads_total"
        eventually(lambda: f'{name}{{' in server.kubectl("get", "--raw", "/metrics")
                   and 'status="failure"' in server.kubectl("get", "--raw", "/metrics"))
        assert server.curl(maps, *bearer("one"))[0] == 200
        server.file("rights.json", configuration())
        eventually(lambda: server.curl(maps, *bearer("one"))[0] == 403)


@case("the server shows another certificate when its files change, and keeps the former when they are faulty")
def another_certificate(space):
    with OwnServer(space) as server:
        server.start()
        pki, address = f"{server.folder}/data/pki", server.url.split("//")[1].split(":")[0]

        def shown():
            return ssl.get_server_certificate((address, server.port)).strip()

        def files():
            with open(f"{pki}/apiserver.crt") as file:
                return file.read().strip()

        first = shown()
        assert first == files()
        new = f"{server.folder}/new"
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=kube-apiserver", "-keyout", f"{new}.key", "-out", f"{new}.csr")
        names = server.file("names", f"subjectAltName=IP:{address},IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        run("openssl", "x509", "-req", "-in", f"{new}.csr", "-CA", f"{pki}/ca.crt", "-CAkey", f"{pki}/ca.key",
            "-CAcreateserial", "-days", "30", "-extfile", names, "-out", f"{new}.crt")
        os.rename(f"{new}.crt", f"{pki}/apiserver.crt")
        eventually(lambda: "is shown on" in server.log())
        assert shown() == first
        os.rename(f"{new}.key", f"{pki}/apiserver.key")
        eventually(lambda: shown() == files())
        assert shown() != first
        # What it shows as a client is followed, too.
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-subj",
            "/CN=kube-apiserver-kubelet-client", "-keyout", f"{new}.key", "-out", f"{new}.crt")
        os.rename(f"{new}.key", f"{pki}/apiserver-kubelet-client.key")
        os.rename(f"{new}.crt", f"{pki}/apiserver-kubelet-client.crt")
        taken = "pki/apiserver-kubelet-client.crt"
        eventually(lambda: any("shows another certificate" in line and taken in line for line in server.log().splitlines()))
        assert server.kubectl("get", "--raw", "/readyz") == "ok"


@case("audit events reach a webhook in batches")
def audit_webhook(space):
    with elsewhere(space) as place, OwnServer(space) as server:
        place.answers["/audit"] = lambda events: {}
        policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
            {"level": "Request", "resources": [{"resources": ["configmaps"]}]}]}
        server.start("--audit-policy-file", server.file("policy.json", json.dumps(policy)),
                     "--audit-webhook-config-file", server.file("audit.json", place.kubeconfig("/audit")),
                     "--audit-webhook-batch-max-wait=1s")
        for name in ("one", "two", "three"):
            server.kubectl("create", "configmap", name, f"--from-literal=name={name}")

        def events():
            return [e for path, body in place.asked if path.startswith("/audit") for e in body["items"]]

        def created():
            return [e for e in events() if e["verb"] == "create"]

        eventually(lambda: len(created()) == 3)
        assert {e["requestObject"]["data"]["name"] for e in created()} == {"one", "two", "three"}, created()
        assert all(body["kind"] == "EventList" for path, body in place.asked)


@case("requests are traced as the configuration says, and webhooks learn of their trace")
def traced(space):
    with elsewhere(space) as place, OwnServer(space) as server, Collector(space.cluster.machine.outside) as collector:
        place.answers["/hook"] = lambda review: {**review, "response": {"uid": review["request"]["uid"], "allowed": True}}

        def configuration(rate):
            return json.dumps({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "TracingConfiguration",
                               "endpoint": collector.endpoint, "samplingRatePerMillion": rate})

        server.start("--tracing-config-file", server.file("tracing.json", configuration(0)),
                     "--token-auth-file", server.file("tokens.csv", 'root,root,1,"system:masters"\none,tim,7\n'))
        server.kubectl("create", "-f", "-", input=json.dumps({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "hook"}, "webhooks": [{
                "name": "hook.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "clientConfig": {"url": place.url + "/hook", "caBundle": place.authority},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                           "resources": ["configmaps"]}]}]}))

        def create(name, trace, token):
            """Under a trace that is sampled."""
            data = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
            return server.curl(
                "/api/v1/namespaces/default/configmaps", *bearer(token), "-H", "Content-Type: application/json",
                "-H", f"traceparent: 00-{trace}-00f067aa0ba902b7-01", "-d", data)

        def asked():
            return [trace for (path, _), trace in zip(place.asked, place.traces) if path.startswith("/hook")]

        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        # The caches of webhooks follow at once, but who knows when.
        number = 0

        def is_asked():
            nonlocal number
            number += 1
            code, body = create(f"map-{number}", trace, "root")
            assert code == 201, body
            return asked()

        eventually(is_asked)
        root = "POST /api/v1/namespaces/{:namespace}/configmaps"
        eventually(lambda: "Call mutating webhook" in collector.of(trace))
        spans = collector.of(trace)
        assert collector.services == {"apiserver"}, collector.services
        assert spans[root].parent == "00f067aa0ba902b7", spans
        assert spans[root].attributes["http.response.status_code"] == 201, spans
        ids = {span.id: span for span in collector.spans}
        hook = spans["Call mutating webhook"]
        assert ids[hook.parent].name == "Create" and ids[ids[hook.parent].parent].name == root, spans
        assert asked()[-1].split("-")[1:] == [trace, hook.id, "01"], (asked(), hook)
        stored = spans["Create etcd3"]
        assert ids[stored.parent].name == "Create" and "/configmaps/" in stored.attributes["key"], spans
        # Strangers' traces are not gone on with, and nobody else's are begun.
        assert create("stranger", "5" * 32, "one")[0] == 403
        assert not collector.of("5" * 32)
        assert {span.trace for span in collector.spans} == {trace}, collector.spans
        server.stop()
        server.file("tracing.json", configuration(1000000))
        server.start()
        assert create("stranger", "6" * 32, "one")[0] == 403
        eventually(lambda: [span for span in collector.spans if span.link == "6" * 32])
        span = [span for span in collector.spans if span.link == "6" * 32][0]
        assert span.trace != "6" * 32 and span.parent is None and span.name == root, span
