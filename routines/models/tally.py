"""Counts that are kept, not counted: one row for each month and way, so that a page with 100,000 performances adds up
some hundred rows."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import F

from knowledge.models import Guidance, Statement
from routines.models.routine_revision import RoutineRevision
from routines.models.step import Step
from routines.models.why import Reason, Shift


class Kept(models.Model):
    """A count by what KEYS name. Only ``add`` writes it, in the transaction of the deed that it counts."""

    KEYS: ClassVar[tuple[str, ...]] = ()

    month = models.DateField()  # its first day
    number = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @classmethod
    def add(cls, counted: Counter[tuple[Any, ...]]) -> None:
        """Add these numbers, each under the values of KEYS, a thousand in a statement. Rows come in one order, so that
        two who count at once wait for each other instead of for ever."""
        rows = sorted(counted.items(), key=lambda row: repr(row[0]))
        fields: dict[str, str] = {field.name: str(field.column) for field in cls._meta.concrete_fields}
        columns = [fields[name] for name in cls.KEYS]
        table = cls._meta.db_table
        one = f"({', '.join(['%s'] * (len(columns) + 1))})"
        with connection.cursor() as cursor:
            for start in range(0, len(rows), 1000):
                part = rows[start : start + 1000]
                cursor.execute(
                    f"INSERT INTO {table} ({', '.join(columns)}, number) VALUES {', '.join([one] * len(part))} "
                    f"ON CONFLICT ({', '.join(columns)}) DO UPDATE SET number = {table}.number + EXCLUDED.number",
                    [value for key, number in part for value in (*key, number)],
                )

    @classmethod
    def take_away(cls, counted: Counter[tuple[Any, ...]]) -> None:
        """Take away what ``add`` added."""
        for key, number in sorted(counted.items(), key=lambda row: repr(row[0])):
            cls._default_manager.filter(**dict(zip(cls.KEYS, key, strict=True))).update(number=F("number") - number)


class Tally(Kept):
    """How often a routine was done in which way, by its edition (a period of its own) and month: of the whole (``step``
    empty) by shift, and of each step that was not done as described."""

    KEYS = ("revision", "month", "step", "shift", "how", "reason")

    revision = models.ForeignKey(RoutineRevision, models.CASCADE, related_name="tallies")
    step = models.ForeignKey(Step, models.CASCADE, null=True, related_name="tallies")
    shift = models.CharField(max_length=5, choices=Shift, blank=True)
    how = models.CharField(max_length=12)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "month", "step", "shift", "how", "reason"],
                nulls_distinct=False,
                name="a_way_of_doing_a_routine_is_counted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} × {self.how} in {self.month}"


class UseTally(Kept):
    """How often guidance (``statement`` empty), or one of its statements, was used in which way, by month."""

    KEYS = ("guidance", "statement", "month", "how", "reason")

    guidance = models.ForeignKey(Guidance, models.CASCADE, related_name="use_tallies")
    statement = models.ForeignKey(Statement, models.CASCADE, null=True, related_name="use_tallies")
    how = models.CharField(max_length=14)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guidance", "statement", "month", "how", "reason"],
                nulls_distinct=False,
                name="a_way_of_using_guidance_is_counted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} × {self.how} in {self.month}"
