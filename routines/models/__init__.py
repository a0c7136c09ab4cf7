"""The nouns of how knowledge is used."""

from routines.models.routine import Routine
from routines.models.routine_revision import RoutineRevision, Step

__all__ = ["Routine", "RoutineRevision", "Step"]
