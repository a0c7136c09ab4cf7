"""Steps of a routine, and the sources: the guidance, statements and insights that an edition draws on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from knowledge.models import Guidance, Insight, Statement, Wording
from knowledge.models.edition import frozen_with_its_edition

#: How a source is named in forms, files and comparisons: "guidance-5", "statement-12", "insight-3".
TOKEN = "{kind}-{pk}"
#: Whoever reads a routine may read what it draws on by its name only where that is open to the whole trust.
_OPEN = ("trust", "network", "public")


class StepQuerySet(models.QuerySet["Step"]):
    def in_full(self) -> StepQuerySet:
        """With their sources: one more query for all."""
        return self.prefetch_related("sources")


class Step(models.Model):
    """One step of an edition: who does what, with what, and the question that it puts to them. The prompts of a
    learning routine are the form of the reviews that follow it.

    ``key`` is the step's for all editions; ``after`` holds the keys of the steps that it follows, none being the one
    before it in the list.
    """

    revision = models.ForeignKey("routines.RoutineRevision", models.CASCADE, related_name="steps")
    key = models.CharField(max_length=20)
    position = models.PositiveIntegerField(default=0)
    who = models.CharField(max_length=120, blank=True)
    what = models.TextField()
    prompt = models.TextField(blank=True, help_text="The question that is asked at this step.")
    tool = models.CharField(max_length=200, blank=True, help_text="A form, a screen, a board, a trolley.")
    minutes = models.PositiveSmallIntegerField("time expected, in minutes", null=True, blank=True)
    after = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    objects = StepQuerySet.as_manager()
    sources: Any

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "key"], name="a_step_has_its_key_once_in_an_edition"),
        ]
        triggers = [frozen_with_its_edition(name="published_steps_are_never_edited", table="routines_routinerevision")]

    def __str__(self) -> str:
        return self.what[:80]

    @property
    def number(self) -> int:
        return self.position + 1

    def said(self) -> dict[str, Any]:
        """All that it says, as ``RoutineRevision.write`` takes it."""
        texts = {name: getattr(self, name) for name in ("key", "who", "what", "prompt", "tool", "minutes")}
        return {**texts, "after": tuple(self.after), "draws_on": tuple(source.token for source in self.sources.all())}


class SourceQuerySet(models.QuerySet["Source"]):
    def in_force(self) -> SourceQuerySet:
        """Of routines as they are in force."""
        return self.filter(revision__current_of__state="in_force")

    def on_guidance(self, guidance: Guidance) -> SourceQuerySet:
        """On this guidance, or one of its statements."""
        return self.filter(Q(guidance=guidance) | Q(statement__guidance=guidance))


class Source(models.Model):
    """Something that a step, or one of the governing variables, draws on: guidance, one statement, or an insight."""

    revision = models.ForeignKey("routines.RoutineRevision", models.CASCADE, related_name="sources")
    step = models.ForeignKey(Step, models.CASCADE, null=True, blank=True, related_name="sources")
    variable = models.CharField(max_length=10, blank=True)
    position = models.PositiveIntegerField(default=0)
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="drawn_on")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, blank=True, related_name="drawn_on")
    insight = models.ForeignKey(Insight, models.PROTECT, null=True, blank=True, related_name="drawn_on")

    guidance_id: int | None
    statement_id: int | None
    insight_id: int | None

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(step=None) & ~Q(variable="") | Q(step__isnull=False, variable=""),
                name="a_step_or_a_variable_draws_on_a_source",
            ),
            models.CheckConstraint(
                condition=Q(guidance__isnull=False, statement=None, insight=None)
                | Q(guidance=None, statement__isnull=False, insight=None)
                | Q(guidance=None, statement=None, insight__isnull=False),
                name="a_source_is_guidance_a_statement_or_an_insight",
            ),
        ]
        triggers = [
            frozen_with_its_edition(name="published_sources_are_never_edited", table="routines_routinerevision"),
            pgtrigger.Trigger(
                name="a_source_is_of_the_edition_of_its_step",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NEW.step_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM routines_step WHERE id = NEW.step_id AND revision_id = NEW.revision_id
                    ) THEN
                        RAISE EXCEPTION 'a source is of the edition of its step' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.token

    @property
    def token(self) -> str:
        """How it is named in forms, files and comparisons."""
        kinds = (("guidance", self.guidance_id), ("statement", self.statement_id), ("insight", self.insight_id))
        return next(TOKEN.format(kind=kind, pk=pk) for kind, pk in kinds if pk is not None)

    @staticmethod
    def naming(token: str) -> dict[str, int]:
        """The key that a token names: {"guidance_id": 5}. ValueError where it is no token."""
        kind, _, pk = token.partition("-")
        if kind not in ("guidance", "statement", "insight") or not pk.isdecimal() or len(pk) > 18:
            raise ValueError(f"“{token}” names no guidance, statement or insight.")
        return {f"{kind}_id": int(pk)}


def called(tokens: Iterable[str]) -> dict[str, str]:
    """What sources are called, by their tokens, as anybody of the trust may read it: at most three queries."""
    tokens = set(tokens)
    wanted: dict[str, list[int]] = {}
    for token in tokens:
        [(key, pk)] = Source.naming(token).items()
        wanted.setdefault(key.removesuffix("_id"), []).append(pk)
    names: dict[str, str] = {}
    if pks := wanted.get("guidance"):
        found = Guidance.objects.filter(pk__in=pks, audience__in=_OPEN).values_list("pk", "title")
        names |= {TOKEN.format(kind="guidance", pk=pk): title for pk, title in found}
    if pks := wanted.get("statement"):
        number = Wording.objects.filter(statement=OuterRef("pk"), revision__current_of=OuterRef("guidance"))
        said = Statement.objects.filter(pk__in=pks, guidance__audience__in=_OPEN)
        rows = said.annotate(number=Subquery(number.values("number")[:1])).values_list(
            "pk", "guidance__title", "number"
        )
        names |= {TOKEN.format(kind="statement", pk=pk): f"{title}, {no or 'withdrawn'}" for pk, title, no in rows}
    if pks := wanted.get("insight"):
        told = Insight.objects.filter(pk__in=pks, audience__in=_OPEN).values_list("pk", "title")
        names |= {TOKEN.format(kind="insight", pk=pk): f"“{title}”" for pk, title in told}
    return {token: names.get(token, "something that is not open to everybody") for token in tokens}
