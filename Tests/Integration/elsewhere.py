"""An HTTPS server outside of the cluster: issuers of tokens, and webhooks that know users and rights."""

import base64
import contextlib
import http.server
import json
import tempfile
import time

import https
from machine import run


class Elsewhere:
    """Answers by path: a function from the request's JSON (None for GET) to the answer's."""

    def __init__(self, address, folder):
        self.folder = folder
        self.answers = {}
        self.asked = []
        self.traces = []
        self.certificate = f"{folder}/crt"
        self.authority = https.certificate(folder, "elsewhere", f"IP:{address}")
        elsewhere = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, body):
                elsewhere.asked.append((self.path, body))
                elsewhere.traces.append(self.headers.get("traceparent"))
                make = elsewhere.answers.get(self.path.split("?")[0])
                text = json.dumps(make(body)).encode() if make else b"{}"
                self.send_response(200 if make else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                self.answer(None)

            def do_POST(self):
                self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def log_message(self, *_):
                pass

        self.server = https.serve(address, 0, Handler, https.context(folder))
        self.url = f"https://{address}:{self.server.server_port}"

    def kubeconfig(self, path):
        """A kubeconfig that names one of our paths."""
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": self.url + path, "certificate-authority-data": self.authority}}],
            "users": [{"name": "it", "user": {}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}]})


@contextlib.contextmanager
def elsewhere(space):
    with tempfile.TemporaryDirectory() as folder:
        server = Elsewhere(space.cluster.machine.outside, folder)
        try:
            yield server
        finally:
            server.server.shutdown()


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """An OpenID issuer with one RSA key at a time."""

    def __init__(self, place):
        self._place = place
        self._number = 0
        self.rotate()
        place.answers["/.well-known/openid-configuration"] = lambda _: {
            "issuer": place.url, "jwks_uri": f"{place.url}/keys"}
        place.answers["/keys"] = lambda _: {"keys": [self._key]}

    @property
    def url(self):
        return self._place.url

    def rotate(self):
        self._number += 1
        self._file = f"{self._place.folder}/issuer-{self._number}"
        run("openssl", "genrsa", "-out", self._file, "2048")
        modulus = run("openssl", "rsa", "-in", self._file, "-noout", "-modulus").strip().split("=")[1]
        self._key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": str(self._number),
                     "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, **claims):
        claims = {"iss": self.url, "aud": "apus", "exp": int(time.time()) + 3600, **claims}
        header = {"alg": "RS256", "kid": str(self._number)}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        with open(f"{self._file}.in", "w") as file:
            file.write(signed)
        run("openssl", "dgst", "-sha256", "-sign", self._file, "-out", f"{self._file}.sig", f"{self._file}.in")
        with open(f"{self._file}.sig", "rb") as file:
            return f"{signed}.{encoded(file.read())}"
