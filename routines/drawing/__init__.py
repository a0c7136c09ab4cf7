"""A routine as a picture: its steps in the order in which they follow each other, a lane for each role."""

from routines.drawing.grid import Grid, grid_of
from routines.drawing.map import MOST_STEPS, Map, drawn

__all__ = ["MOST_STEPS", "Grid", "Map", "drawn", "grid_of"]
