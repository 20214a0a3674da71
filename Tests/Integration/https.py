"""HTTPS servers of the tests' own, on another machine than the cluster's."""

import base64
import http.server
import ssl
import threading

from machine import run


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass  # Who has lost patience, or only looks whether somebody listens, hangs up.


def certificate(folder, subject, name):
    """Makes `crt` and `key` in a folder, for a name such as `IP:10.0.0.1`; returns the certificate in base64."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={subject}", "-addext", f"subjectAltName={name}", "-keyout", f"{folder}/key",
        "-out", f"{folder}/crt")
    with open(f"{folder}/crt", "rb") as file:
        return base64.b64encode(file.read()).decode()


def context(folder):
    """What a server needs to show the certificate of a folder."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{folder}/crt", f"{folder}/key")
    return made


def serve(address, port, handler, context):
    """Begins to serve; end it with `shutdown`. Each connection shakes hands in a thread of its own."""
    server = Server((address, port), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
