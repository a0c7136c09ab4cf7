"""Work by the clock about changes and withdrawals: each task takes what is due, and may run twice harmlessly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from celery import shared_task

from reviews.models import Change, Withdrawal

log = logging.getLogger(__name__)


@shared_task
def publish_due() -> None:
    """Put in force what was approved for a day that has come."""
    _each(Change.objects.due_to_come_into_force().order_by("publish_on", "pk"), Change.come_into_force)


@shared_task
def tell_what_waits() -> None:
    """Tell service leads of changes and withdrawals that have waited for too long."""
    _each(Change.objects.overdue().order_by("due", "pk"), Change.escalate)
    _each(Withdrawal.objects.late().order_by("sign_by", "pk"), Withdrawal.escalate)


@shared_task
def ask_what_works() -> None:
    """Ask after changes that have been in force for a while."""
    _each(Change.objects.to_ask_after().order_by("check_due", "pk"), Change.ask_after)


def _each(due: Iterable, do: Callable) -> None:
    """One after the other, each in a transaction of its own; what goes wrong with one keeps no other waiting."""
    for thing in list(due):
        try:
            do(thing)
        except Exception:
            log.exception("The clock could not deal with %s; it tries again next time.", thing.reference)
