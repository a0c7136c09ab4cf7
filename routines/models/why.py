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

    @property
    def because(self) -> str:
        """As a sentence goes on after "departed from it": because it no longer fits how we work."""
        if self == self.OTHER:
            return "for another reason"
        label = str(self.label)
        return f"because {label[:1].lower()}{label[1:]}"

    @property
    def at_stake(self) -> str:
        """What of the way in which the work is laid down may have to change, when this is said again and again."""
        return _AT_STAKE[self]


_MISFIT = (
    "What is laid down may have stopped working: what it aims for, or the norm behind it. To redefine one of these is "
    "double-loop learning; to make people keep to it is not."
)
_SCOPE = (
    "It may be meant for fewer people than it says, or leave no room for what people want: look at its scope, and at "
    "the norm about choosing together."
)
_MEANS = (
    "What is laid down may be right, and the means for it may be missing: look at the structure, which is who works "
    "with whom, when and with what."
)
_AT_STAKE = {
    Reason.PERSON_DIFFERS: _SCOPE,
    Reason.PERSON_CHOSE: _SCOPE,
    Reason.NO_TIME: _MEANS,
    Reason.NOBODY_THERE: _MEANS,
    Reason.NOTHING_THERE: _MEANS,
    Reason.SYSTEM: _MEANS,
    Reason.UNCLEAR: "What is laid down may be right and hard to understand: look at its words first.",
    Reason.NO_LONGER_RIGHT: _MISFIT,
    Reason.FOUND_BETTER: _MISFIT,
    Reason.OTHER: "Read what people said: it may be the rule, or what the rule needs.",
}


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
