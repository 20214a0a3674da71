"""An extension API server in a few lines: notes, kept in memory, over HTTPS with the name that a Service gives it."""

import http.server
import json
import ssl
import threading

import https

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class NotesServer:
    """Serves `notes` of one group, version v1. `asked` has every request: path, headers, and the client certificate."""

    def __init__(self, group, address, folder, name, front_proxy_authority):
        self.group = group
        # Others may serve notes, too.
        self.short_name = "nt-" + group.split(".")[0]
        self.asked = []
        self.notes = {}
        self.changed = threading.Condition()
        self.authority = https.certificate(folder, "notes", f"DNS:{name}")
        self._context = https.context(folder)
        self._context.load_verify_locations(front_proxy_authority)
        self._context.verify_mode = ssl.CERT_OPTIONAL
        self._address = address
        self.port = 0
        self.start()

    def start(self):
        self.server = https.serve(self._address, self.port, handler(self), self._context)
        self.port = self.server.server_port

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def put(self, namespace, name, text):
        with self.changed:
            version = str(len(self.notes) + 1)
            self.notes[(namespace, name)] = {
                "apiVersion": f"{self.group}/v1", "kind": "Note", "text": text,
                "metadata": {"name": name, "namespace": namespace, "uid": f"{namespace}-{name}", "resourceVersion": version}}
            self.changed.notify_all()

    def of(self, namespace):
        return [note for (place, _), note in self.notes.items() if namespace in (None, place)]

    # Its documents.

    def resources(self):
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{self.group}/v1", "resources": [
            {"name": "notes", "singularName": "note", "namespaced": True, "kind": "Note",
             "verbs": ["create", "get", "list", "watch"], "shortNames": [self.short_name]}]}

    def discovery(self):
        kind = {"group": self.group, "version": "v1", "kind": "Note"}
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": [
            {"metadata": {"name": self.group}, "versions": [{"version": "v1", "freshness": "Current", "resources": [
                {"resource": "notes", "responseKind": kind, "scope": "Namespaced", "singularResource": "note",
                 "verbs": ["create", "get", "list", "watch"], "shortNames": [self.short_name]}]}]}]}

    def schema(self, prefix):
        meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
        return {
            "example.notes.Note": {
                "description": "Note is what somebody wants to remember.", "type": "object",
                "properties": {
                    "apiVersion": {"type": "string"}, "kind": {"type": "string"},
                    "metadata": {"$ref": prefix + meta} if prefix == "#/definitions/" else {"allOf": [{"$ref": prefix + meta}]},
                    "text": {"description": "What is to be remembered.", "type": "string"}},
                "x-kubernetes-group-version-kind": [{"group": self.group, "version": "v1", "kind": "Note"}]},
            meta: {"description": "ObjectMeta of the notes server.", "type": "object",
                   "properties": {"name": {"type": "string"}}}}

    def path(self, schema):
        return {f"/apis/{self.group}/v1/namespaces/{{namespace}}/notes/{{name}}": {"get": {
            "operationId": "readNote", "responses": {"200": {"description": "OK", **schema}},
            "x-kubernetes-action": "get",
            "x-kubernetes-group-version-kind": {"group": self.group, "version": "v1", "kind": "Note"}}}}

    def openapi2(self):
        return {"swagger": "2.0", "info": {"title": "notes", "version": "1"}, "definitions": self.schema("#/definitions/"),
                "paths": {**self.path({"schema": {"$ref": "#/definitions/example.notes.Note"}}), "/healthz": {}}}

    def openapi3(self):
        schema = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/example.notes.Note"}}}}
        return {"openapi": "3.0.0", "info": {"title": "notes", "version": "1"}, "paths": self.path(schema),
                "components": {"schemas": self.schema("#/components/schemas/")}}


def handler(notes):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.note_request()
            path, _, query = self.path.partition("?")
            parts = path.strip("/").split("/")
            own = [notes.group, "v1"]
            if path == "/apis":
                wanted = "apidiscovery" in self.headers.get("accept", "")
                return self.answer(notes.discovery(), AGGREGATED) if wanted else self.refuse(406)
            if path == "/openapi/v2":
                return self.answer(notes.openapi2())
            if path == "/openapi/v3":
                where = f"apis/{notes.group}/v1"
                return self.answer({"paths": {where: {"serverRelativeURL": f"/openapi/v3/{where}?hash=N1"}}})
            if path == f"/openapi/v3/apis/{notes.group}/v1":
                return self.answer(notes.openapi3())
            if parts[:1] != ["apis"] or parts[1:3] != own:
                return self.refuse(404)
            rest = parts[3:]
            if not rest:
                return self.answer(notes.resources())
            namespace = rest[1] if rest[0] == "namespaces" else None
            if rest[-1] == "notes":
                return self.watch(namespace) if "watch=" in query else self.answer({
                    "kind": "NoteList", "apiVersion": f"{notes.group}/v1", "metadata": {"resourceVersion": "0"},
                    "items": notes.of(namespace)})
            found = notes.notes.get((namespace, rest[-1]))
            return self.answer(found) if found else self.refuse(404)

        def do_POST(self):
            self.note_request()
            note = json.loads(self.rfile.read(int(self.headers["content-length"])))
            namespace = self.path.split("?")[0].split("/")[5]
            notes.put(namespace, note["metadata"]["name"], note.get("text", ""))
            self.answer(notes.notes[(namespace, note["metadata"]["name"])], code=201)

        def note_request(self):
            certificate = self.connection.getpeercert() or {}
            names = dict(pair[0] for pair in certificate.get("subject", ()))
            notes.asked.append((self.path, self.headers, names.get("commonName")))

        def answer(self, document, kind="application/json", code=200):
            body = json.dumps(document).encode()
            self.send_response(code)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def refuse(self, code):
            self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": "not here",
                         "reason": "NotFound" if code == 404 else "NotAcceptable"}, code=code)

        def watch(self, namespace):
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            told = 0
            while True:
                with notes.changed:
                    notes.changed.wait_for(lambda: len(notes.of(namespace)) > told, timeout=20)
                    news = notes.of(namespace)[told:]
                told += len(news)
                for note in news:
                    line = json.dumps({"type": "ADDED", "object": note}).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                self.wfile.flush()

        def log_message(self, *_):
            pass

    return Handler
