// A store in memory, too simple to be wrong: the twin that the others are held against.
