"""All cases: a sentence and a function that takes a namespace of its own. They run side by side; those that disturb
others run `alone`, at the end."""

ALL = []
ALONE = []


def case(sentence, *, alone=False):
    def register(body):
        (ALONE if alone else ALL).append((sentence, body))
        return body
    return register


from cases import objects, pods, kubelet, streams, configuration, workloads, network  # noqa: E402,F401 - they register themselves
from cases import autoscaling, limits, jobs, sets, removal, identities, disruption  # noqa: E402,F401
from cases import nodes, roles, commands, webhooks, conversion, security, encodings  # noqa: E402,F401
from cases import aggregation, helm, policies, clients, kubectls, tools, options  # noqa: E402,F401
from cases import operations, surface  # noqa: E402,F401
