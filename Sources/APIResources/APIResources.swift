// A folder per resource: its strategy and its printer columns.
