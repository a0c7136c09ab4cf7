"""Later editions of routines, for tests that are about something else."""

from __future__ import annotations

from typing import Any

from nhs_learning.people.models import User
from reviews.models import Change
from routines.models import Routine
from tests.changing import approve, decider, propose


def next_edition(routine: Routine, *, by: User, loop: str = "double", why: str = "We waited.", **texts: Any) -> None:
    """Put an edition in force that says this, by the verbs. The routine is looked at anew."""
    draft = Routine.objects.get(pk=routine.pk).start_draft(by=by)
    draft.write(by=by, **texts)
    change = Change.suggest(by=by, edition=draft)
    propose(change, by=by, loop=loop, why=why)
    approve(change, *(decider(change.trust, number + 1) for number in range(change.needs)))
    routine.refresh_from_db()
