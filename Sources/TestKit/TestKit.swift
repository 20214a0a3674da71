// Fixtures, fake clusters and seeds that several test targets share.
