"""What the cluster cannot do yet, by the sentence of the case that would show it, each with the reason."""

known_gaps = {}
