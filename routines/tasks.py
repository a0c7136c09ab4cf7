"""Work by the clock about routines: each task takes what is due, and may run twice harmlessly."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task

from routines.models import Check
from routines.models.check import CheckQuerySet

log = logging.getLogger(__name__)


@shared_task
def remind_of_checks() -> None:
    """Remind whoever looks after a routine that needs checking, and tell its service lead when they don't look."""
    _each(Check.objects.to_remind(), Check.remind)
    _each(Check.objects.to_tell_the_lead(), Check.tell_the_lead)


def _each(due: CheckQuerySet, do: Callable[[Check], None]) -> None:
    """One after the other, each in a transaction of its own; what goes wrong with one keeps no other waiting."""
    whose = ("routine__trust", "routine__service", "routine__owner", "routine__deputy")
    for check in list(due.select_related(*whose).loudest_first()):
        try:
            do(check)
        except Exception:
            log.exception("The clock could not deal with check %s; it tries again next time.", check.pk)
