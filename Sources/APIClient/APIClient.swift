// Typed access to any API server, over TLS or inside the process.
