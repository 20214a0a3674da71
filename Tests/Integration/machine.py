"""A machine of its own for a cluster under test: a network namespace, joined to this machine by one link.

What the cluster does to the network (rules, bridge, routes) stays in there, so that tests disturb no other
cluster, and this machine is a real outsider: it reaches node ports over the link and no Service otherwise.
"""

import os
import random
import re
import subprocess


def run(*command, input=None, check=True, timeout=120, env=None):
    """Runs a command and returns what it said; errors carry everything it said. `env` comes on top of our own."""
    done = subprocess.run(
        command, input=input, capture_output=True, text=True, timeout=timeout, env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}".strip())
    return done.stdout if check else done


class Machine:
    def __init__(self):
        self._place(self._free_subnet(), 2)

    def _place(self, number, host):
        self._number = number
        self.name = f"apus-it-{number}" if host == 2 else f"apus-it-{number}-{host}"
        self.outside = f"10.232.{number}.1"
        self.address = f"10.232.{number}.{host}"
        self._bridge = f"apusit{number}"
        self._cable = f"apusit{number}-{host}"

    def beside(self):
        """A second machine, on the same link."""
        other = Machine.__new__(Machine)
        other._place(self._number, 3)
        return other

    @staticmethod
    def _free_subnet():
        taken = run("ip", "-4", "addr", "show") + run("ip", "netns", "list")
        free = [n for n in range(1, 250) if f"10.232.{n}." not in taken and f"apus-it-{n} " not in taken + " "]
        return random.choice(free)

    @property
    def is_up(self):
        return os.path.exists(f"/run/netns/{self.name}")

    def start(self):
        run("ip", "netns", "add", self.name)
        if not os.path.exists(f"/sys/class/net/{self._bridge}"):
            run("ip", "link", "add", self._bridge, "type", "bridge")
            run("ip", "addr", "add", f"{self.outside}/24", "dev", self._bridge)
            run("ip", "link", "set", self._bridge, "up")
        run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run("ip", "link", "set", self._cable, "master", self._bridge, "up")
        self.inside("ip", "link", "set", "lo", "up")
        self.inside("ip", "addr", "add", f"{self.address}/24", "dev", "eth0")
        self.inside("ip", "link", "set", "eth0", "up")
        self.inside("ip", "route", "add", "default", "via", self.outside)

    def stop(self):
        run("ip", "netns", "delete", self.name, check=False)
        run("ip", "link", "delete", self._cable, check=False)
        if not [name for name in os.listdir("/sys/class/net") if name.startswith(self._bridge + "-")]:
            run("ip", "link", "delete", self._bridge, check=False)

    def command(self, *command):
        """The command that runs a command in there; `ip netns exec` would hide the control groups."""
        return ("nsenter", f"--net=/run/netns/{self.name}", *command)

    def inside(self, *command, **options):
        return run(*self.command(*command), **options)

    def pod_networks(self):
        """The names of the network namespaces of pods, as long as their cables are plugged in."""
        return set(re.findall(r"link-netns (cni-\S+)", self.inside("ip", "link", "show", "type", "veth")))

    def leftovers(self):
        """What a cluster left in the kernel's network tables."""
        tables = self.inside("nft", "list", "tables").split("\n")
        links = re.findall(r"^\d+: ([^:@]+)", self.inside("ip", "link"), re.MULTILINE)
        own = {"lo", "eth0", "tunl0", "sit0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6tnl0", "ip6gre0",
               "ifb0", "ifb1"}
        return [f"table {t}" for t in tables if t] + [f"link {name}" for name in links if name not in own]


def processes_mentioning(text):
    """Living processes whose command line or control group mentions the text, without this one and its parents."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
            with open(f"/proc/{pid}/cgroup") as file:
                groups = file.read()
        except OSError:
            continue  # It has ended.
        if int(pid) != os.getpid() and line and (text in line or text in groups):
            found.append(f"process {pid} {line.strip()}")
    return found


def mounts_mentioning(text):
    with open("/proc/self/mounts") as file:
        return [f"mount {line.split()[1]}" for line in file if text in line]


def cgroups_named(text):
    found = []
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        found += [f"cgroup {folder}/{name}" for name in names if text in name]
        if folder.count("/") > 5:
            names.clear()
    return found
