"""A collector of spans (OpenTelemetry's protocol over gRPC) outside of the cluster, that keeps what it is sent."""

import contextlib
import socket
import struct
import threading

from health import DATA, END_HEADERS, END_STREAM, HEADERS, field, frame, serve
from kms import number


def fields(message):
    """The fields of a protobuf message, in their order: number and value."""
    at = 0
    while at < len(message):
        tag, at = number(message, at)
        if tag & 7 == 0:
            value, at = number(message, at)
        elif tag & 7 == 1:
            value, at = struct.unpack_from("<Q", message, at)[0], at + 8
        else:
            size, at = number(message, at)
            value, at = message[at:at + size], at + size
        yield tag >> 3, value


def pairs(message, tag):
    """Attributes by their names; numbers as numbers, texts as texts."""
    found = {}
    for value in (value for number, value in fields(message) if number == tag):
        pair = dict(fields(value))
        told = list(fields(pair[2]))
        found[pair[1].decode()] = told[0][1] if told and told[0][0] == 3 else told[0][1].decode() if told else ""
    return found


class Span:
    def __init__(self, message):
        known = dict(fields(message))
        self.trace = known[1].hex()
        self.id = known[2].hex()
        self.parent = known[4].hex() if 4 in known else None
        self.name = known[5].decode()
        self.seconds = (known[8] - known[7]) / 1e9
        self.attributes = pairs(message, 9)
        self.link = dict(fields(known[13]))[1].hex() if 13 in known else None

    def __repr__(self):
        return f"{self.trace[:6]}/{self.id[:4]}<{(self.parent or '')[:4]} {self.name} {self.attributes}"


class Collector:
    def __init__(self, address):
        self._listening = socket.create_server((address, 0))
        self.endpoint = f"{address}:{self._listening.getsockname()[1]}"
        self.spans = []
        self.services = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=serve, args=(connection, self._answer), daemon=True).start()

    def _answer(self, stream, asked):
        for _, resource_spans in fields(asked[5:]):
            for tag, value in fields(resource_spans):
                if tag == 1:
                    self.services.add(pairs(value, 1)["service.name"])
                else:
                    self.spans += [Span(span) for kind, span in fields(value) if kind == 2]
        head = b"\x88" + field(b"content-type", b"application/grpc")
        return (frame(HEADERS, END_HEADERS, stream, head) + frame(DATA, 0, stream, bytes(5))
                + frame(HEADERS, END_HEADERS | END_STREAM, stream, field(b"grpc-status", b"0")))

    def of(self, trace):
        return {span.name: span for span in list(self.spans) if span.trace == trace}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listening.close()
