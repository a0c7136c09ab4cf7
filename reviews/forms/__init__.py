"""Shapes of what people write in reviews and about changes."""
