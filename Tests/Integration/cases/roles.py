"""The parts as processes of their own: each has only the rights of its certificate, and each may die."""

import contextlib
import json
import os
import signal

from cases import case
from cluster import Space, eventually
from separate import ETCD, ClusterOnEtcd, ElectedCluster, SeparateCluster


@contextlib.contextmanager
def separate(space, *, etcd):
    cluster = SeparateCluster(space.cluster.binary, space.cluster.kubectl_path, etcd=etcd)
    try:
        cluster.up()
        yield cluster
        refusals = cluster.refusals()
        assert not refusals, "".join(refusals)
        left = cluster.teardown()
        assert not left, "left behind:\n" + "\n".join(left)
    except Exception as error:
        raise AssertionError(f"{error}\n{tails(cluster)}") from error
    finally:
        cluster.clean()


def tails(cluster):
    """The last lines of every part's log."""
    said = ""
    for name in cluster.parts:
        if os.path.exists(cluster.log_of(name)):
            with open(cluster.log_of(name)) as log:
                said += f"--- {name}\n" + "".join(log.readlines()[-5:])
    return said


def goes_on(space, replicas):
    """A change of the Deployment reaches the node, and the Service leads to it by its name."""
    # The server may just be starting again.
    eventually(lambda: space.kubectl("scale", "deployment", "web", f"--replicas={replicas}"))
    eventually(lambda: space.field("deployment web", ".status.readyReplicas") == str(replicas))
    eventually(lambda: space.run_in("client", "wget", "-qO-", "http://web/").startswith("web-"))


def lease(cluster, name):
    spec = json.loads(cluster.kubectl("get", "lease", name, "-n", "kube-system", "-o", "json"))["spec"]
    return spec.get("holderIdentity", ""), spec["leaseTransitions"]


def survives(space, etcd):
    with separate(space, etcd=etcd) as cluster:
        inner = Space(cluster, "roles")
        inner.web("web")
        inner.kubectl("expose", "deployment", "web", "--port=80")
        inner.pod("client", "sleep", "1000")
        goes_on(inner, 2)
        replicas = 2
        for name in cluster.parts:
            cluster.stop(name)
            cluster.restart(name)
            replicas = 5 - replicas
            try:
                goes_on(inner, replicas)
            except AssertionError as error:
                raise AssertionError(f"after the end of {name}: {error}") from error


@case("every part runs as a process of its own, with its own rights, and each may be killed", alone=True)
def survives_on_sqlite(space):
    survives(space, etcd=False)


@case("the same on a real etcd, which may be killed too", alone=True)
def survives_on_etcd(space):
    assert os.path.exists(ETCD), "apt install etcd-server"
    survives(space, etcd=True)


@case("of two controller managers one leads, and the other takes over when it dies, or at once when it ends in order",
      alone=True)
def leader_election(space):
    with separate(space, etcd=False) as cluster:
        name = "kube-controller-manager"
        first, transitions = eventually(lambda: lease(cluster, name))
        leader, other = cluster.leader_and_other(first)
        cluster.stop(leader)
        second = eventually(lambda: another_holder(cluster, name, first))
        told = ("get", "events", "-n", "kube-system", "--field-selector", "reason=LeaderElection", "-o", "name")
        eventually(lambda: len(cluster.kubectl(*told).split()) >= 2)
        cluster.kubectl("create", "deployment", "web", "--image=apus.local/busybox:1", "--", "sleep", "1000")
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
        cluster.restart(leader)
        eventually(lambda: cluster.has_said(leader, "another process leads", second))
        assert cluster.stop(other, signal.SIGTERM) == 0
        # Sooner than a lease that is not given back would run out.
        eventually(lambda: another_holder(cluster, name, second), within=12)
        assert lease(cluster, name)[1] == transitions + 2


def another_holder(cluster, name, than):
    holder, _ = lease(cluster, name)
    return holder if holder not in ("", than) else None


@case("one process that stands for election gives its leases back when it goes, and leads at once when it is back",
      alone=True)
def elected(space):
    cluster = ElectedCluster(space.cluster.binary, space.cluster.kubectl_path)
    try:
        cluster.up()
        names = ("kube-controller-manager", "kube-scheduler")
        before = {name: eventually(lambda: lease(cluster, name)) for name in names}
        cluster.down()
        cluster.up()
        for name in names:
            # Sooner than a lease that is not given back would run out.
            eventually(lambda: another_holder(cluster, name, before[name][0]), within=12)
            assert lease(cluster, name)[1] == before[name][1] + 1
        left = cluster.teardown()
        assert not left, "left behind:\n" + "\n".join(left)
    finally:
        cluster.clean()


@case("a whole cluster in one process keeps its state in a real etcd", alone=True)
def up_on_etcd(space):
    assert os.path.exists(ETCD), "apt install etcd-server"
    cluster = ClusterOnEtcd(space.cluster.binary, space.cluster.kubectl_path)
    try:
        cluster.up()
        leases = cluster.kubectl("get", "leases", "-n", "kube-system", "-o", "name")
        assert leases == "", f"one process needs no election: {leases}"
        inner = Space(cluster, "kept")
        inner.web("web")
        cluster.down()
        cluster.up()
        eventually(lambda: inner.field("deployment web", ".status.readyReplicas") == "1")
        goes = inner.kubectl("rollout", "restart", "deployment/web")
        assert "restarted" in goes, goes
        inner.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
        assert not os.path.exists(f"{cluster.folder}/data/store"), "there is a store beside etcd"
        left = cluster.teardown()
        assert not left, "left behind:\n" + "\n".join(left)
    finally:
        cluster.clean()
