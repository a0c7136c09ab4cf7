"""Shapes of what people write of what they know, and the messages when something is amiss."""
