"""A server of grpc.health.v1.Health, as plain as HTTP/2 allows: it answers any unary call on any connection.

    python3 health.py ADDRESS FILE

Prints the port it listens on. The file says in JSON how each service fares, by name: 1 for SERVING, 2 for NOT_SERVING.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NOT_FOUND = 5


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def field(name, value):
    """A header, literally (RFC 7541, section 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def answer(stream, asked, path):
    """What is said to one request, whose message names a service or does not."""
    service = asked[7:].decode() if len(asked) > 7 else ""
    with open(path) as file:
        status = json.load(file).get(service)
    head = b"\x88" + field(b"content-type", b"application/grpc")
    if status is None:
        trailers = field(b"grpc-status", b"%d" % NOT_FOUND) + field(b"grpc-message", b"unknown service")
        return frame(HEADERS, END_HEADERS | END_STREAM, stream, head + trailers)
    message = bytes([8, status])
    return (frame(HEADERS, END_HEADERS, stream, head)
            + frame(DATA, 0, stream, b"\0" + struct.pack(">I", len(message)) + message)
            + frame(HEADERS, END_HEADERS | END_STREAM, stream, field(b"grpc-status", b"0")))


def serve(connection, answer):
    """Answers unary calls with what `answer(stream, message)` makes of them."""
    with connection, connection.makefile("rb") as reader, contextlib.suppress(OSError):
        if reader.read(len(PREFACE)) != PREFACE:
            return
        connection.sendall(frame(SETTINGS, 0, 0))
        asked = {}
        while len(header := reader.read(9)) == 9:
            size = int.from_bytes(header[:3], "big")
            kind, flags, stream = struct.unpack(">BBI", header[3:])
            payload = reader.read(size)
            if kind in (SETTINGS, PING) and not flags & ACK:
                connection.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))
            elif kind == GOAWAY:
                return
            elif kind == DATA:
                asked[stream] = asked.get(stream, b"") + payload
                if payload:
                    more = struct.pack(">I", len(payload))
                    connection.sendall(frame(WINDOW_UPDATE, 0, 0, more))
                    if not flags & END_STREAM:
                        connection.sendall(frame(WINDOW_UPDATE, 0, stream, more))
                if flags & END_STREAM:
                    connection.sendall(answer(stream, asked.pop(stream)))


def main(address, path):
    listening = socket.create_server((address, 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        connection, _ = listening.accept()
        threading.Thread(
            target=serve, args=(connection, lambda stream, asked: answer(stream, asked, path)), daemon=True).start()


class HealthServer:
    """The server as a process on a machine."""

    def __init__(self, machine, folder):
        self._path = f"{folder}/services"
        self.say({})
        self.process = subprocess.Popen(
            machine.command(sys.executable, os.path.abspath(__file__), machine.address, self._path),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def say(self, services):
        with open(self._path + ".new", "w") as file:
            json.dump(services, file)
        os.rename(self._path + ".new", self._path)


@contextlib.contextmanager
def health_server(machine):
    with tempfile.TemporaryDirectory(prefix="apus-health-") as folder:
        server = HealthServer(machine, folder)
        try:
            yield server
        finally:
            server.process.kill()
            server.process.communicate()


if __name__ == "__main__":
    main(*sys.argv[1:])
