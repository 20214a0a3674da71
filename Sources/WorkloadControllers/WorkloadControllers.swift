// Replication, rollout and scale: a folder per controller.
