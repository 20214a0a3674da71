"""All cases, in the order in which they run: a sentence and a function that takes a namespace of its own."""

ALL = []


def case(sentence):
    def register(body):
        ALL.append((sentence, body))
        return body
    return register


from cases import objects, pods, configuration, workloads, network  # noqa: E402,F401 - they register themselves
