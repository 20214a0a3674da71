"""A WebSocket client as plain as the protocol allows, for what kubectl does not speak any more."""

import base64
import re
import socket
import ssl
import struct
import tempfile

KEY = [1, 2, 3, 4]


class WebSocket:
    def __init__(self, cluster, path, protocol):
        with open(cluster.kubeconfig) as file:
            config = file.read()
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with tempfile.NamedTemporaryFile() as pair:
            for name in ("client-certificate-data", "client-key-data"):
                pair.write(base64.b64decode(re.search(name + r': *"?([A-Za-z0-9+/=]+)', config).group(1)))
            pair.flush()
            context.load_cert_chain(pair.name)
        address = (cluster.machine.address, int(cluster.server.rsplit(":", 1)[1]))
        self._socket = context.wrap_socket(socket.create_connection(address))
        self._socket.settimeout(60)
        self._is_base64 = "base64" in protocol
        self._socket.sendall((
            f"GET {path} HTTP/1.1\r\nHost: apus\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n").encode())
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            self.head += self._exactly(1)
        chosen = re.search(rb"(?i)sec-websocket-protocol: (.*)\r\n", self.head)
        self.protocol = chosen.group(1).decode() if chosen else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def write(self, channel, data):
        """One message on a channel."""
        payload = str(channel).encode() + base64.b64encode(data) if self._is_base64 else bytes([channel]) + data
        assert len(payload) < 126
        masked = bytes(byte ^ KEY[index % 4] for index, byte in enumerate(payload))
        kind = 0x81 if self._is_base64 else 0x82
        self._socket.sendall(bytes([kind, 0x80 | len(payload), *KEY]) + masked)

    def read_all(self):
        """What comes on each channel until the server says goodbye."""
        said = {}
        while True:
            kind, payload = self._frame()
            if kind == 8:
                return said
            if payload and kind in (1, 2):
                channel = payload[0] - 48 if self._is_base64 else payload[0]
                data = base64.b64decode(payload[1:]) if self._is_base64 else payload[1:]
                said[channel] = said.get(channel, b"") + data

    def rest(self):
        """What follows a head that is no upgrade."""
        length = int(re.search(rb"(?i)content-length: (\d+)", self.head).group(1))
        return self._exactly(length)

    def _frame(self):
        first, second = self._exactly(2)
        size = second & 127
        if size == 126:
            size = struct.unpack(">H", self._exactly(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._exactly(8))[0]
        return first & 15, self._exactly(size)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            assert more, f"the connection has ended after {data!r}"
            data += more
        return data
