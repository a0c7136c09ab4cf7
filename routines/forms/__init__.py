"""Shapes of what people fill in about routines and their use."""
