// Namespaces, mounts, cgroups, netlink, signals and child processes, behind protocols where a test needs a fake.
