"""Addresses, Services and names."""

import json
import urllib.request

from cases import case
from cluster import eventually


def fetch(address):
    with urllib.request.urlopen(f"http://{address}/", timeout=5) as answer:
        return answer.read().decode()


@case("pods reach each other by address, and the node reaches them")
def pod_addresses(space):
    space.web("web", "page")
    space.pod("client", "sleep", "1000")
    address = space.field("pods -l app=web", ".items[0].status.podIP")
    assert space.run_in("client", "wget", "-qO-", f"http://{address}/") == "page\n"
    assert space.cluster.on_node("curl", "-s", "-m5", f"http://{address}/") == "page\n"


@case("a Service is reached by its address from the node and from a pod, and spreads over its pods")
def cluster_ip(space):
    space.web("web", replicas=2)
    space.kubectl("expose", "deployment", "web", "--port=80")
    space.pod("client", "sleep", "1000")
    address = space.field("service web", ".spec.clusterIP")
    asked = ["wget", "-qO-", f"http://{address}/"]
    eventually(lambda: len({space.run_in("client", *asked) for _ in range(8)}) == 2)
    eventually(lambda: len({space.cluster.on_node("curl", "-s", "-m5", f"http://{address}/") for _ in range(8)}) == 2)


@case("a pod reaches itself through its own Service")
def hairpin(space):
    space.web("web", "page")
    space.kubectl("expose", "deployment", "web", "--port=80")
    address = space.field("service web", ".spec.clusterIP")
    eventually(lambda: space.run_in("deployment/web", "wget", "-qO-", f"http://{address}/") == "page\n")


@case("a Service that holds on to its clients sends each always to the same pod")
def session_affinity(space):
    space.web("sticky", replicas=3)
    space.kubectl("expose", "deployment", "sticky", "--port=80", "--session-affinity=ClientIP")
    address = space.field("service sticky", ".spec.clusterIP")
    eventually(lambda: space.cluster.on_node("curl", "-s", "-m", "3", f"http://{address}/"))
    pages = {space.cluster.on_node("curl", "-s", "-m", "3", f"http://{address}/") for _ in range(12)}
    assert len(pages) == 1 and "sticky-" in pages.pop(), pages


@case("a node port is reached from another machine")
def node_port(space):
    space.web("web", "page")
    space.kubectl("expose", "deployment", "web", "--port=80", "--type=NodePort")
    port = space.field("service web", ".spec.ports[0].nodePort")
    eventually(lambda: fetch(f"{space.cluster.machine.address}:{port}") == "page\n")


@case("a Service without ready pods refuses at once, and answers when one is ready")
def no_endpoints(space):
    space.kubectl("create", "service", "clusterip", "web", "--tcp=80:80")
    address = space.field("service web", ".spec.clusterIP")
    asked = ["curl", "-s", "-m5", f"http://{address}/"]
    eventually(lambda: space.cluster.on_node(*asked, check=False).returncode == 7)
    space.web("web", "page")
    eventually(lambda: space.cluster.on_node(*asked) == "page\n")


@case("pods find Services, headless ones too, and the world's names by DNS")
def names(space):
    space.web("web", "page")
    space.kubectl("expose", "deployment", "web", "--port=80")
    space.kubectl("expose", "deployment", "web", "--port=80", "--name=headless", "--cluster-ip=None")
    space.pod("client", "sleep", "1000")
    eventually(lambda: space.run_in("client", "wget", "-qO-", "http://web/") == "page\n")
    full = f"http://web.{space.name}.svc.cluster.local/"
    eventually(lambda: space.run_in("client", "wget", "-qO-", full) == "page\n")
    pod = space.field("pods -l app=web", ".items[0].status.podIP")
    eventually(lambda: pod in space.run_in("client", "nslookup", f"headless.{space.name}.svc.cluster.local"))
    api = space.run_in("client", "nslookup", "kubernetes.default.svc.cluster.local")
    assert "10.96.0.1" in api, api


@case("the API itself is reached from a pod by its Service")
def api_service(space):
    space.pod("client", "sleep", "1000")
    script = "nc -w5 kubernetes.default 443 </dev/null && echo open"
    assert space.run_in("client", "sh", "-c", script) == "open\n"


@case("the proxy of the API server reaches a Service's page")
def api_proxy(space):
    space.web("web", "page")
    space.kubectl("expose", "deployment", "web", "--port=80")
    path = f"/api/v1/namespaces/{space.name}/services/web/proxy/"
    eventually(lambda: space.kubectl("get", "--raw", path) == "page\n")


@case("a Service takes an address out of a ServiceCIDR that was added, and that stays as long as it is needed")
def service_blocks(space):
    block, address = f"added-{space.name}", "10.213.77.5"

    def ready():
        conditions = space.get("servicecidr", block).get("status", {}).get("conditions", [])
        return [(condition["status"], condition["reason"]) for condition in conditions]

    own = space.get("servicecidr", "kubernetes")
    assert own["metadata"]["finalizers"] == ["networking.k8s.io/service-cidr-finalizer"], own
    refused = space.kubectl("create", "service", "clusterip", "web", "--tcp=80:80", f"--clusterip={address}", check=False)
    assert "the provided network does not match the current range" in refused.stderr, refused
    space.kubectl("create", "-f", "-", input=json.dumps({
        "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": block},
        "spec": {"cidrs": ["10.213.77.0/28"]}}))
    eventually(lambda: ready() == [("True", "")])
    space.web("web", "page")
    space.kubectl("create", "service", "clusterip", "web", "--tcp=80:80", f"--clusterip={address}")
    row = space.kubectl("get", "ipaddress", address, "--no-headers").split()
    assert row == [address, f"services/{space.name}/web"], row
    space.pod("client", "sleep", "1000")
    eventually(lambda: space.run_in("client", "wget", "-qO-", f"http://{address}/") == "page\n")
    space.kubectl("delete", "servicecidr", block, "--wait=false")
    eventually(lambda: ready() == [("False", "Terminating")])
    space.kubectl("delete", "service", "web")
    eventually(lambda: space.kubectl("get", "ipaddress,servicecidr", "-o", "name").find(block) < 0)
    assert address not in space.kubectl("get", "ipaddress", "-o", "name")
