"""Exec, attach and port-forward: what comes through them, in all protocols, and how they end."""

import fcntl
import hashlib
import os
import pty
import signal
import struct
import subprocess
import termios
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from cases import case
from cluster import await_line, end, eventually, serving
from websocket import WebSocket

BIG = 100 << 20
MANY = 30


def command(space, *arguments):
    cluster = space.cluster
    return [cluster.kubectl_path, "--kubeconfig", cluster.kubeconfig, "-n", space.name, *arguments]


@case("exec goes over WebSocket, whose input ends when the client's does")
def half_close(space):
    space.pod("pod", "sleep", "1000")
    assert space.kubectl("exec", "-i", "pod", "--", "cat", input="hi\n") == "hi\n"
    said = space.run_in("pod", "true", check=False)
    assert said.returncode == 0, said.stderr
    told = space.kubectl("exec", "-v=7", "pod", "--", "true", check=False).stderr
    assert "The subprotocol is v5.channel.k8s.io" in told, told


@case("a hundred megabytes go through exec both ways unharmed")
def big(space):
    space.pod("pod", "sleep", "1000")
    data = os.urandom(1 << 20) * (BIG >> 20)
    sent = subprocess.run(command(space, "exec", "-i", "pod", "--", "md5sum"), input=data, capture_output=True, timeout=180)
    assert sent.stdout.split()[0].decode() == hashlib.md5(data).hexdigest(), sent
    echoed = subprocess.run(command(space, "exec", "-i", "pod", "--", "cat"), input=data, capture_output=True, timeout=180)
    assert echoed.stdout == data, (len(echoed.stdout), echoed.stderr)


@case("many execs at once keep apart")
def many(space):
    space.pod("pod", "sleep", "1000")

    def one(number):
        return space.kubectl("exec", "-i", "pod", "--", "sh", "-c", f"cat; exit {number}", input=f"{number}\n", check=False)

    with ThreadPoolExecutor(MANY) as pool:
        for number, done in enumerate(pool.map(one, range(MANY))):
            assert (done.returncode, done.stdout) == (number, f"{number}\n"), done


@case("a terminal has a size, and learns of a new one")
def terminal(space):
    space.pod("pod", "sleep", "1000")
    script = "trap 'stty size' WINCH; until [ -e /tmp/end ]; do sleep 0.1; done; exit 3"
    process, screen = pty.fork()
    if process == 0:
        line = command(space, "exec", "-it", "pod", "--", "sh", "-c", script)
        os.execv(line[0], line)
    said = b""

    def read(wanted):
        nonlocal said
        deadline = time.monotonic() + 60
        while wanted not in said and time.monotonic() < deadline:
            try:
                said += os.read(screen, 4096)
            except OSError:  # The other end has closed the terminal.
                break
        assert wanted in said, said

    eventually(lambda: "WINCH" in space.run_in("pod", "ps", "-o", "args"))
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    os.kill(process, signal.SIGWINCH)
    read(b"40 100")
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
    os.kill(process, signal.SIGWINCH)
    read(b"50 120")
    space.run_in("pod", "touch", "/tmp/end")
    read(b"command terminated with exit code 3")
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 3


@case("a command whose client is killed sees its input end")
def killed(space):
    space.pod("pod", "sleep", "1000")
    with open("/dev/zero") as zeros:
        for name, script in (("quiet", "cat > /dev/null; touch /tmp/quiet"), ("loud", "cat; touch /tmp/loud")):
            client = subprocess.Popen(
                command(space, "exec", "-i", "pod", "--", "sh", "-c", script), stdin=zeros, stdout=subprocess.DEVNULL)
            try:
                eventually(lambda: f"touch /tmp/{name}" in space.run_in("pod", "ps", "-o", "args"))
            finally:
                client.kill()
                client.wait()
    eventually(lambda: space.run_in("pod", "ls", "/tmp").split() == ["loud", "quiet"])


@case("exec and port-forward speak every WebSocket protocol there is")
def protocols(space):
    space.pod("pod", **serving("page"))
    path = f"/api/v1/namespaces/{space.name}/pods/pod"
    script = "read%20line%3Becho%20got%20%24line%3Bexit%205"
    query = f"exec?stdin=1&stdout=1&stderr=1&command=sh&command=-c&command={script}"
    for protocol in ("v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io", "v4.base64.channel.k8s.io",
                     "base64.channel.k8s.io"):
        with WebSocket(space.cluster, f"{path}/{query}", protocol) as socket:
            assert socket.protocol == protocol, socket.head
            socket.write(0, b"abc\n")
            said = socket.read_all()
        assert said[1] == b"got abc\n", (protocol, said)
        wanted = b'"reason":"ExitCode","message":"5"' if "v" in protocol[:1] else b"exit code 5"
        assert wanted in said[3], (protocol, said)
    with WebSocket(space.cluster, f"{path}/portforward?ports=80", "v4.channel.k8s.io") as socket:
        socket.write(0, b"GET / HTTP/1.0\r\n\r\n")
        assert socket.read_all()[0].endswith(b"page\n")
    with WebSocket(space.cluster, f"{path}/exec?container=nope&command=x&stdout=1", "v5.channel.k8s.io") as socket:
        assert b" 400 " in socket.head, socket.head
        assert b"container nope is not valid for pod pod" in socket.rest(), socket.head


@case("port-forward to a Service is tunnelled through a WebSocket")
def forward(space):
    space.web("web", "page")
    space.kubectl("expose", "deployment", "web", "--port=8080", "--target-port=80")
    talking = space.cluster.start_kubectl("port-forward", "-v=7", "svc/web", ":8080", namespace=space.name)
    try:
        await_line(talking, "negotiated protocol: portforward.k8s.io")
    finally:
        end(talking)
    forwarding = space.cluster.start_kubectl("port-forward", "svc/web", ":8080", namespace=space.name)
    try:
        port = await_line(forwarding, "Forwarding from 127.0.0.1:").split(":")[1].split()[0]

        def page(_):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
                return answer.read()

        with ThreadPoolExecutor(5) as pool:
            assert set(pool.map(page, range(20))) == {b"page\n"}
    finally:
        end(forwarding)


@case("who may only read pods may not exec into them, in no protocol")
def permission(space):
    space.pod("pod", "sleep", "1000")
    space.kubectl("create", "role", "reader", "--verb=get", "--resource=pods,pods/exec")
    space.kubectl("create", "rolebinding", "reader", "--role=reader", "--user=reader")
    refused = space.kubectl("--as=reader", "exec", "pod", "--", "true", check=False)
    assert refused.returncode != 0 and 'cannot create resource "pods/exec"' in refused.stderr, refused
    space.kubectl("create", "role", "worker", "--verb=create", "--resource=pods/exec")
    space.kubectl("create", "rolebinding", "worker", "--role=worker", "--user=reader")
    space.kubectl("--as=reader", "exec", "pod", "--", "true")


@case("streams end with the server, and begin anew with the next", alone=True)
def restart(space):
    space.pod("pod", "sleep", "1000")
    cluster = space.cluster
    client = cluster.start_kubectl("exec", "-i", "pod", "--", "sh", "-c", "echo here; cat", namespace=space.name)
    try:
        await_line(client, "here")
        with open(f"{cluster.folder}/run/apus.pid") as file:
            os.kill(int(file.read()), 9)
        assert client.wait(timeout=60) != 0
    finally:
        end(client)
    eventually(lambda: "Ready" in cluster.up(), within=60, every=1)
    # The node was ready when it was killed, and counts as such until it says more.
    eventually(lambda: space.kubectl("exec", "-i", "pod", "--", "cat", input="again\n") == "again\n")
    eventually(lambda: "cat" not in space.run_in("pod", "ps", "-o", "comm"))
