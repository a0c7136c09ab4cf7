"""Ways to try the rules: what the database refuses, what several people do at once, a change that is on its way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from knowledge.models import Guidance
from nhs_learning.people.models import User
from reviews.models import Change
from tests import changing


@contextmanager
def refused(saying: str) -> Iterator[None]:
    """The database refuses what is done in this block, at once or at the end of its transaction, in these words."""
    with pytest.raises(DatabaseError, match=saying), transaction.atomic():  # noqa: PT012 what is checked last is part of it
        yield
        ask_now()


def ask_now() -> None:
    """Have the database check now what it otherwise checks at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment, each by a connection of its own: what each gave, or the exception that it met."""
    ready, gave = threading.Barrier(len(deeds)), [None] * len(deeds)

    def do(number: int, deed: Callable[[], Any]) -> None:
        try:
            ready.wait()
            gave[number] = deed()
        except Exception as met:
            gave[number] = met
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return gave


def suggested(guidance: Guidance, *, by: User, **texts: Any) -> Change:
    """A change that is being written, with a desk review: of the main text, unless told otherwise."""
    draft = Guidance.objects.get(pk=guidance.pk).start_draft(by=by)
    draft.edit(by=by, **(texts or {"body": "Give oxygen at once."}))
    return Change.suggest(by=by, edition=draft)


def sent(guidance: Guidance, *, by: User, texts: dict[str, Any] | None = None, **said: Any) -> Change:
    """A change that waits for a decision."""
    change = suggested(guidance, by=by, **(texts or {}))
    changing.propose(change, by=by, **said)
    return change


def resend(change: Change, *, by: User, **texts: Any) -> None:
    """Take it back, write in it, and send it again."""
    change.take_back(by=by)
    change.edition.edit(by=by, **texts)
    changing.propose(change, by=by, loop=change.loop)


def decide(change: Change, *, by: User, verdict: str = "approve", reading: str = "single", **more: Any) -> Any:
    """What this person decides, having read what it says now."""
    now = Change.objects.get(pk=change.pk)
    return now.decide(by=by, verdict=verdict, reading=reading, fingerprint=now.fingerprint, **more)


def state(change: Change) -> str:
    return Change.objects.get(pk=change.pk).state
