// Reflectors, caches, work queues, reconcile loops and leader election.
