"""How something was done beside how it is laid down, and the short list of reasons. No reason is anybody's fault."""

from __future__ import annotations

from django.db import models


class Reason(models.TextChoices):
    """Why it was adapted, departed from, or doesn't apply: what a busy person picks with one tap."""

    PERSON_DIFFERS = "person_differs", "It didn’t fit this person"
    PERSON_CHOSE = "person_chose", "The person wanted otherwise"
    NO_TIME = "no_time", "There wasn’t time"
    NOBODY_THERE = "nobody_there", "Somebody who is needed wasn’t there"
    NOTHING_THERE = "nothing_there", "Equipment, a bed or a medicine wasn’t there"
    SYSTEM = "system", "The computer or a form got in the way"
    UNCLEAR = "unclear", "It isn’t clear what it asks"
    NO_LONGER_RIGHT = "no_longer_right", "It no longer fits how we work"
    FOUND_BETTER = "found_better", "We found a better way"
    OTHER = "other", "Something else"


class Shift(models.TextChoices):
    EARLY = "early", "Early"
    LATE = "late", "Late"
    NIGHT = "night", "Night"

    @classmethod
    def at(cls, hour: int) -> Shift:
        """The shift that most wards have at this hour (0 to 23)."""
        if 7 <= hour < 14:
            return cls.EARLY
        return cls.LATE if 14 <= hour < 21 else cls.NIGHT
