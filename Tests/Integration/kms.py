"""A key management service (KMS v2) on a unix socket, for the API server to ask. Its encryption is none.

    python3 kms.py SOCKET FILE

The file says in JSON with which key it encrypts, and how it fares: {"key": "one", "health": "ok"}.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading

from cluster import eventually
from health import DATA, END_HEADERS, END_STREAM, HEADERS, field, frame, serve


def number(text, at):
    value = shift = 0
    while True:
        value |= (text[at] & 0x7f) << shift
        shift += 7
        at += 1
        if not text[at - 1] & 0x80:
            return value, at


def fields(message):
    """The fields of a protobuf message whose values are all bytes."""
    found, at = {}, 0
    while at < len(message):
        tag, at = number(message, at)
        size, at = number(message, at)
        found[tag >> 3] = message[at:at + size]
        at += size
    return found


def bytes_field(tag, value):
    size = bytes([len(value)]) if len(value) < 0x80 else bytes([len(value) & 0x7f | 0x80, len(value) >> 7])
    return bytes([tag << 3 | 2]) + size + value


def turned(value):
    return bytes(byte ^ 0x5a for byte in value)


def answer(stream, asked, path):
    """Which call it is is seen by what it says: a decryption names its key, an encryption has a text, a status nothing."""
    with open(path) as file:
        state = json.load(file)
    key = state["key"].encode()
    said = fields(asked[5:])
    if 3 in said:
        message = bytes_field(1, turned(said[1]))
    elif 1 in said:
        message = bytes_field(1, turned(said[1])) + bytes_field(2, key)
    else:
        message = bytes_field(1, b"v2") + bytes_field(2, state["health"].encode()) + bytes_field(3, key)
    head = b"\x88" + field(b"content-type", b"application/grpc")
    return (frame(HEADERS, END_HEADERS, stream, head)
            + frame(DATA, 0, stream, b"\0" + struct.pack(">I", len(message)) + message)
            + frame(HEADERS, END_HEADERS | END_STREAM, stream, field(b"grpc-status", b"0")))


def main(path, state):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()
    while True:
        connection, _ = listening.accept()
        threading.Thread(
            target=serve, args=(connection, lambda stream, asked: answer(stream, asked, state)), daemon=True).start()


class KeyService:
    """The service as a process, with its files in a folder."""

    def __init__(self, folder):
        self.socket = f"{folder}/kms.sock"
        self._state = f"{folder}/kms.json"
        self.say("one")
        self.process = None

    def say(self, key, health="ok"):
        with open(self._state + ".new", "w") as file:
            json.dump({"key": key, "health": health}, file)
        os.rename(self._state + ".new", self._state)

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), self.socket, self._state], stdin=subprocess.DEVNULL)
        eventually(lambda: os.path.exists(self.socket))

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
