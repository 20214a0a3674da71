"""What the cluster cannot do yet, by the sentence of the case that would show it, each with the reason."""

known_gaps = {
    "a Job runs to its end, and a failing one is tried again": "there is no controller for Jobs yet",
    "a StatefulSet makes its pods one after the other, with names that stay":
        "there is no controller for StatefulSets yet",
    "a DaemonSet puts a pod on every node": "there is no controller for DaemonSets yet",
}
