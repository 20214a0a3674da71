// Keys, certificates and service-account tokens: the cluster's own authority.
