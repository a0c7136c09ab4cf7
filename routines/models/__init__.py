"""The nouns of how knowledge is used."""

from routines.models.check import Check
from routines.models.pattern import Pattern
from routines.models.performance import Performance, Variation
from routines.models.routine import Routine
from routines.models.routine_revision import RoutineRevision
from routines.models.step import Source, Step
from routines.models.tally import Tally, UseTally
from routines.models.use import Use
from routines.models.why import Reason, Shift

__all__ = [
    "Check",
    "Pattern",
    "Performance",
    "Reason",
    "Routine",
    "RoutineRevision",
    "Shift",
    "Source",
    "Step",
    "Tally",
    "Use",
    "UseTally",
    "Variation",
]
