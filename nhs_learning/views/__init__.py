"""Pages of the front hall."""
