// Pod addresses: bridges, routes between nodes and the CNI configuration.
