// Defaulting and validation of built-in kinds: pure functions, every error with its field path, upstream's words.
