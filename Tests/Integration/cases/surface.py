"""What a client sees of the API server beside the objects: headers, forms, paths that are not there."""

import gzip
import json

from apiserver import OwnServer
from cases import case
from machine import run


class Client:
    """curl as the administrator."""

    def __init__(self, server):
        self._server = server
        self._keys = {}
        for name in ("certificate-authority", "client-certificate", "client-key"):
            path = server.file(f"{name}.pem", server.kubectl(
                "config", "view", "--raw", "-o", "jsonpath={..%s-data}" % name))
            run("sh", "-c", f"base64 -d {path} > {path}.plain")
            self._keys[name] = f"{path}.plain"

    def ask(self, path, *arguments):
        """The headers, names in lower case, and the body as bytes."""
        body, head = f"{self._server.folder}/body", f"{self._server.folder}/head"
        run("curl", "-sS", "--cacert", self._keys["certificate-authority"], "--cert", self._keys["client-certificate"],
            "--key", self._keys["client-key"], "-D", head, "-o", body, f"{self._server.url}{path}", *arguments)
        with open(head) as file:
            lines = [line.strip().split(": ", 1) for line in file if ": " in line]
        with open(body, "rb") as file:
            return {name.lower(): value for name, value in lines}, file.read()


@case("answers carry what upstream's carry, in the form that was asked for")
def answers(space):
    with OwnServer(space) as server:
        server.start()
        client = Client(server)
        paths = json.loads(server.kubectl("get", "--raw", "/"))["paths"]
        assert {"/api/v1", "/apis/apps/v1", "/healthz/ping", "/openapi/v3", "/version"} <= set(paths), paths

        head, body = client.ask("/api/v1/namespaces/default", "-H", "Audit-ID: mine")
        assert head["audit-id"] == "mine" and head["date"].endswith(" GMT"), head
        assert body.startswith(b'{\n  "apiVersion": "v1",\n  "kind"'), body
        for way in (["-A", "somebody"], ["-H", "Accept: application/json", "-A", "curl"]):
            query = "" if "somebody" in way else "?pretty=false"
            head, body = client.ask(f"/api/v1/namespaces/default{query}", *way)
            assert len(head["audit-id"]) == 36 and body.startswith(b'{"apiVersion":"v1","kind"'), body

        head, body = client.ask("/nowhere")
        assert body == b"404 page not found\n" and head["x-content-type-options"] == "nosniff", (head, body)
        _, body = client.ask("/api/v1/nowhere")
        assert json.loads(body)["message"] == "the server could not find the requested resource", body


@case("large lists are compressed for who accepts it, and only for them")
def compressed(space):
    with OwnServer(space) as server:
        server.start()
        client = Client(server)
        items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c-{n}"}, "data": {"a": f"{n}" * 300}}
                 for n in range(300)]
        server.kubectl("create", "-f", server.file("list.json", json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": items})))
        path = "/api/v1/namespaces/default/configmaps"
        wants = ("-A", "somebody", "-H", "Accept-Encoding: gzip")
        head, plain = client.ask(path, "-A", "somebody")
        assert "content-encoding" not in head and len(plain) > 128 * 1024, head
        for media in ("application/json", "application/vnd.kubernetes.protobuf"):
            _, plain = client.ask(path, "-A", "somebody", "-H", f"Accept: {media}")
            # The second time pieces of the first are used again.
            for _ in range(2):
                head, body = client.ask(path, *wants, "-H", f"Accept: {media}")
                assert head["content-encoding"] == "gzip" and head["vary"] == "Accept-Encoding", head
                assert gzip.decompress(body) == plain and len(body) < len(plain) / 3
        server.kubectl("label", "configmap", "c-150", "-n", "default", "changed=yes")
        _, plain = client.ask(path, "-A", "somebody")
        assert gzip.decompress(client.ask(path, *wants)[1]) == plain
        head, _ = client.ask(path + "?limit=10", *wants)
        assert "content-encoding" not in head, head
        assert server.kubectl("get", "configmaps", "-n", "default", "-o", "name").count("configmap/c-") == 300

    with OwnServer(space) as server:
        server.start("--feature-gates", "APIResponseCompression=false")
        head, _ = Client(server).ask("/openapi/v2", *wants)
        assert "content-encoding" not in head, head
