"""Encodings: CBOR behind its feature gate, and `apus transcode`, which shows what the store holds."""

import json
import sqlite3
import subprocess

from apiserver import OwnServer
from cases import case
from cluster import eventually
from machine import run


def transcode(server, *arguments, input=b"", check=True):
    """What the program writes, as bytes; with check=False also how it ended."""
    done = subprocess.run(
        [server._cluster.binary, "transcode", "--data-dir", f"{server.folder}/data", *arguments], input=input,
        capture_output=True, timeout=60)
    if not check:
        return done
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ask(server, method, path, body=None, **headers):
    """The code, the type and the bytes of an answer to the administrator."""
    for name in ("certificate", "key"):
        template = f'{{{{index (index .users 0).user "client-{name}-data" | base64decode}}}}'
        server.file(f"client.{name}", server.kubectl("config", "view", "--raw", "-o", f"go-template={template}"))
    sent = f"{server.folder}/body"
    with open(sent, "wb") as file:
        file.write(body or b"")
    received = f"{server.folder}/answer"
    said = run("curl", "-sk", "-X", method, "--cert", f"{server.folder}/client.certificate", "--key",
               f"{server.folder}/client.key", "-o", received, "-w", "%{http_code} %{content_type}",
               *[part for name, value in headers.items() for part in ("-H", f"{name.replace('_', '-')}: {value}")],
               *(["--data-binary", f"@{sent}"] if body is not None else []), f"{server.url}{path}")
    code, _, kind = said.partition(" ")
    with open(received, "rb") as file:
        return int(code), kind, file.read()


@case("CBOR is taken and given behind its feature gate, and refused without it")
def cbor(space):
    path = "/api/v1/namespaces/default/secrets"
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "spoken"}, "data": {"word": "bmVlZGxl"}}
    with OwnServer(space) as server:
        server.start("--feature-gates", "CBORServingAndStorage=true")

        def encoded(value):
            return transcode(server, "-o", "cbor", input=json.dumps(value).encode())

        def decoded(data):
            return json.loads(transcode(server, "-o", "json", input=data))

        both = {"Content_Type": "application/cbor", "Accept": "application/cbor"}
        code, kind, body = ask(server, "POST", path, encoded(secret), **both)
        assert (code, kind) == (201, "application/cbor") and decoded(body)["data"] == secret["data"], (code, kind, body)
        assert server.kubectl("get", "secret", "spoken", "-o", "jsonpath={.data.word}") == "bmVlZGxl"
        code, kind, body = ask(server, "GET", path, Accept="application/cbor")
        assert (code, decoded(body)["kind"], len(decoded(body)["items"])) == (200, "SecretList", 1), body
        code, kind, body = ask(
            server, "GET", path, Accept="application/cbor;as=Table;g=meta.k8s.io;v=v1,application/json")
        assert decoded(body)["kind"] == "Table" and decoded(body)["rows"][0]["cells"][0] == "spoken", body
        code, kind, body = ask(
            server, "GET", f"{path}/spoken", Accept="application/cbor;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
        assert decoded(body)["kind"] == "PartialObjectMetadata" and "data" not in decoded(body), body
        code, kind, body = ask(
            server, "GET", f"{path}?watch=1&timeoutSeconds=1", Accept="application/cbor")
        assert (code, kind) == (200, "application/cbor-seq"), (code, kind)
        event = json.loads(transcode(server, "-o", "json", input=body).splitlines()[0])
        assert event["type"] == "ADDED" and event["object"]["data"] == secret["data"], event
        applied = {**secret, "metadata": {"name": "spoken", "labels": {"a": "b"}}}
        code, _, body = ask(server, "PATCH", f"{path}/spoken?fieldManager=me&force=true", encoded(applied),
                            Content_Type="application/apply-patch+cbor")
        assert code == 200 and json.loads(body)["metadata"]["labels"] == {"a": "b"}, body
        twice = b"\xd9\xd9\xf7\xa2\x41a\x01\x41a\x02"
        code, kind, body = ask(server, "POST", path, twice, **both)
        assert code == 400 and "found duplicate map key \"a\" at map element index 1" in decoded(body)["message"], body
        code, kind, body = ask(server, "DELETE", f"{path}/spoken", encoded({
            "apiVersion": "meta.k8s.io/v1", "kind": "DeleteOptions", "dryRun": ["All"]}), **both)
        assert code == 200 and server.kubectl("get", "secret", "spoken", "-o", "name"), body
        server.stop()
        server._flags = ()
        server.start()
        code, _, body = ask(server, "POST", path, encoded(secret), Content_Type="application/cbor")
        assert code == 415 and "application/cbor" not in json.loads(body)["message"], body
        code, _, body = ask(server, "GET", path, Accept="application/cbor")
        assert code == 406 and "application/cbor" not in json.loads(body)["message"], body


@case("what the store holds is shown by transcode, encrypted or not, in any encoding")
def transcoded(space):
    with OwnServer(space) as server:
        server.start()
        server.kubectl("create", "secret", "generic", "hidden", "--from-literal=word=needle")
        server.kubectl("create", "configmap", "plain", "--from-literal=word=needle")

        def stored(key):
            with sqlite3.connect(f"file:{server.folder}/data/store/state.db?mode=ro", uri=True) as database:
                rows = database.execute(
                    "SELECT value FROM revisions WHERE key = ? ORDER BY id DESC LIMIT 1", (key.encode(),)).fetchall()
                return rows[0][0] if rows else b""

        place = "/registry/core/configmaps/default/plain"
        eventually(lambda: stored(place) != b"")
        shown = json.loads(transcode(server, "-o", "json", input=stored(place)))
        assert shown["data"] == {"word": "needle"} and "resourceVersion" not in shown["metadata"], shown
        place = "/registry/core/secrets/default/hidden"
        sealed = stored(place)
        assert b"bmVlZGxl" not in sealed
        for encoding in ("json", "yaml", "protobuf", "cbor"):
            written = transcode(server, "--key", place, "-o", encoding, input=sealed)
            again = json.loads(transcode(server, "-o", "json", input=written))
            assert again["data"] == {"word": "bmVlZGxl"} and again["kind"] == "Secret", again
        done = transcode(server, input=sealed, check=False)
        assert done.returncode != 0 and b"name that with --key" in done.stderr, done
        done = transcode(server, input=b"\0\1", check=False)
        assert done.returncode != 0 and b"name its encoding with --from" in done.stderr, done
