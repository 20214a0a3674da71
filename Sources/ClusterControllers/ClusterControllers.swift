// Nodes, namespaces, quota, service accounts, endpoints and garbage: a folder per controller.
