// Queue, snapshot and cycle; a folder per plugin.
