"""Editions of a routine: its governing variables (goal, norms, policies, procedure, structure) and its practice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from knowledge import comparing
from knowledge.merging import Clash, Merge
from knowledge.models.edition import (
    Edition,
    EditionQuerySet,
    canonical,
    fingerprint_of,
    frozen_with_its_edition,
    has_its_loop,
    never_deleted,
    never_edited,
    published_by_somebody,
)
from nhs_learning.record import clock

if TYPE_CHECKING:
    from nhs_learning.people.models import User
    from routines.models.routine import Routine

#: What governs a routine (Nutley and Davies 2001), in the order in which a page shows it.
VARIABLES = ("goal", "norms", "policies", "procedure", "structure")
#: The texts of an edition that are compared with another's.
COMPARED = ("title", *VARIABLES)


class RoutineRevision(Edition):
    """One edition of a routine: why and by which rules it is done, and the steps in which it is done."""

    routine = models.ForeignKey("routines.Routine", models.PROTECT, related_name="revisions")
    goal = models.TextField(blank=True, help_text="What is it for?")
    norms = models.TextField(blank=True, help_text="What do we expect of each other?")
    policies = models.TextField(blank=True, help_text="What has the trust decided that bears on it?")
    procedure = models.TextField(blank=True, help_text="The way that is laid down.")
    structure = models.TextField(blank=True, help_text="Who works with whom, where and with what.")

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["routine", "number"], name="a_routine_edition_number_is_used_once"),
            has_its_loop(name="a_later_routine_has_a_number_a_loop_and_a_reason"),
            published_by_somebody(name="a_routine_is_published_at_a_time_by_somebody"),
        ]
        triggers = [
            never_deleted(name="a_published_routine_is_never_deleted"),
            never_edited(name="a_published_routine_is_never_edited"),
        ]

    @property
    def whole(self) -> Routine:
        return self.routine

    @transaction.atomic
    def write(
        self, *, by: User, steps: Iterable[dict[str, Any]] | None = None, seen: int | None = None, **texts: Any
    ) -> None:
        """Make a draft say this: its texts, and (None leaves them) its steps in order, each as the fields of a Step."""
        self.edit(by=by, seen=seen, **texts)
        if steps is not None:
            self._take(steps)

    def _take(self, steps: Iterable[dict[str, Any]]) -> None:
        self.steps.all().delete()
        Step.objects.bulk_create(
            Step(revision=self, position=position, **fields) for position, fields in enumerate(steps)
        )

    def copied(self, *, by: User) -> RoutineRevision:
        """A draft based on this edition, with all that it says."""
        texts = {name: getattr(self, name) for name in COMPARED}
        draft = RoutineRevision.objects.create(
            routine=self.routine, based_on=self, created_at=clock.now(), created_by=by, **texts
        )
        Step.objects.bulk_create(
            Step(revision=draft, position=step.position, **step.said()) for step in self.steps.all()
        )
        return draft

    @transaction.atomic
    def bring_in(self, other: RoutineRevision, *, since: RoutineRevision, by: User, **fields: Any) -> list[Clash]:
        merge = Merge()
        texts: dict[str, Any] = {
            name: merge.text(name, *(getattr(edition, name) for edition in (since, self, other))) for name in COMPARED
        }
        steps = ([tuple(step.said().items()) for step in edition.steps.all()] for edition in (since, self, other))
        merged = merge.rows("steps", "", *steps, in_words=lambda step: Step(**dict(step)).in_words())
        self._save(by=by, **texts, **fields)
        self._take(map(dict, merged))
        return merge.clashes

    # What it changes

    def said(self) -> comparing.Said:
        """What it says, as it is compared: its steps are one text, a paragraph for each."""
        steps = "\n\n".join(step.in_words() for step in self.steps.all())
        return comparing.Said(texts={**{name: getattr(self, name) for name in COMPARED}, "steps": steps})

    def differences(self) -> comparing.Differences:
        """What it says that the edition it is based on does not."""
        return comparing.compare(self.based_on.said() if self.based_on else comparing.Said({}), self.said())

    def changed_parts(self, differences: comparing.Differences | None = None) -> list[str]:
        """Which parts it changes, by the names that knowledge.loops uses; ``differences`` where they are known."""
        return list((self.differences() if differences is None else differences).texts)

    def fingerprint(self) -> str:
        """SHA-256 over what is decided on: texts, steps, significance and based_on; not the loop, nor who wrote it."""
        return fingerprint_of(
            {
                **{name: canonical(getattr(self, name)) for name in (*COMPARED, "significance")},
                "based_on": self.based_on_id,
                "steps": [{name: canonical(text) for name, text in step.said().items()} for step in self.steps.all()],
            }
        )


class Step(models.Model):
    """One step of an edition: who does what, and the question that it puts to them. The prompts of a learning routine
    are the form of the reviews that follow it."""

    revision = models.ForeignKey(RoutineRevision, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField(default=0)
    who = models.CharField(max_length=120, blank=True)
    what = models.TextField()
    prompt = models.TextField(blank=True, help_text="The question that is asked at this step.")

    class Meta:
        ordering = ["position", "pk"]
        triggers = [frozen_with_its_edition(name="published_steps_are_never_edited", table="routines_routinerevision")]

    def __str__(self) -> str:
        return self.what[:80]

    def said(self) -> dict[str, str]:
        return {"who": self.who, "what": self.what, "prompt": self.prompt}

    def in_words(self) -> str:
        """Who: what. Prompt."""
        return f"{f'{self.who}: ' if self.who else ''}{self.what}{f' “{self.prompt}”' if self.prompt else ''}"
