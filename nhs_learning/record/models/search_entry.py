"""Search entries: one row for each findable thing, which the index of every machine follows by position."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from nhs_learning.record.prepared import Prepared

#: Key of the advisory lock under which positions are drawn.
POSITION_LOCK = 0x4E48534C
#: The channel on which followers hear that there is something new.
CHANNEL = "search_entries"


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def above(self, position: int) -> SearchEntryQuerySet:
        """What a follower at ``position`` has not applied yet, in order."""
        return self.filter(position__gt=position).order_by("position")

    def last_position(self) -> int:
        """The position of the latest change; 0 where there is none."""
        row = _last_position().row()
        return row[0] if row else 0


@functools.cache
def _last_position() -> Prepared:
    return Prepared(SearchEntry.objects.order_by("-position").values_list("position")[:1])


class SearchEntry(models.Model):
    """What can be found of one thing: words, whose it is, who may see it, and dates.

    Never a status that the calendar changes: "overdue" is worked out from ``review_due`` when somebody asks.
    A thing that is gone leaves its row as a tombstone (``gone``), so that followers take it out of their index.
    ``position`` is drawn under a transaction-level lock, so that positions become visible in order.
    """

    kind = models.CharField(max_length=30)  # guidance, statement, insight, person, community, conversation, routine
    subkind = models.CharField(max_length=30, blank=True)  # of guidance: guideline, policy …; of routines: care …
    subject_id = models.BigIntegerField()
    group_id = models.BigIntegerField(null=True)  # of a statement: its guidance, under which it is shown
    trust_id = models.BigIntegerField(null=True)
    service_id = models.BigIntegerField(null=True)
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    url = models.TextField(blank=True)
    topics = ArrayField(models.TextField(), default=list)
    audience = ArrayField(models.TextField(), default=list)  # tokens; a reader must hold one of them
    withdrawn = models.BooleanField(default=False)
    published_on = models.DateField(null=True)
    last_reviewed = models.DateField(null=True)
    review_due = models.DateField(null=True)
    gone = models.BooleanField(default=False)
    position = models.BigIntegerField(unique=True)

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_id"], name="a_thing_is_findable_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} at {self.position}"

    @classmethod
    def put(cls, entries: Iterable[dict[str, Any]]) -> None:
        """Make these things findable as they now are: for each the fields of an entry, with kind and subject_id.

        Call it last in the transaction of the deed: the lock that orders positions is held until the commit.
        """
        rows: list[Any] = [cls(**{**entry, "gone": entry.get("gone", False)}) for entry in entries]
        if not rows:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [POSITION_LOCK])
            cursor.execute("SELECT nextval('search_position') FROM generate_series(1, %s)", [len(rows)])
            for row, (position,) in zip(rows, cursor.fetchall(), strict=True):
                row.position = position
            changing = [f.name for f in cls._meta.concrete_fields if f.name not in ("id", "kind", "subject_id")]
            cls.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["kind", "subject_id"],
                update_fields=changing,
                batch_size=500,
            )
            cursor.execute(f"NOTIFY {CHANNEL}")

    @classmethod
    def remove(cls, kind: str, subject_ids: Iterable[int]) -> None:
        """Leave a tombstone for each of these things; nothing of their words stays behind."""
        cls.put({"kind": kind, "subject_id": subject_id, "gone": True} for subject_id in subject_ids)
