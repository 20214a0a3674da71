// Containers and images through CRI, and containerd as a managed child.
