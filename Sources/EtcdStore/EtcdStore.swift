// The store for several servers: etcd's v3 API over gRPC.
