"""Pages of reviews and changes."""
