// The cluster's names: a DNS codec and a chain of resolvers.
