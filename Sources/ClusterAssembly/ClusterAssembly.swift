// Flags and files become running services; the only room that knows all others.
