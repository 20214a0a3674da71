// Runs the pods of one node: plan, workers, probes, status, volumes and the node's server.
