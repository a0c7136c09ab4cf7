"""Editions of a routine: its governing variables (goal, norms, policies, procedure, structure) and its practice."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.text import Truncator

from knowledge import comparing
from knowledge.merging import Clash, Merge
from knowledge.models.edition import (
    Conflict,
    Edition,
    EditionQuerySet,
    canonical,
    fingerprint_of,
    has_its_loop,
    never_deleted,
    never_edited,
    published_by_somebody,
)
from nhs_learning.record import clock, knock_on
from routines import flow
from routines.models.step import Source, Step, called

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
    steps: Any
    sources: Any

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
        self,
        *,
        by: User,
        steps: Iterable[Mapping[str, Any]] | None = None,
        draws_on: Mapping[str, Iterable[str]] | None = None,
        seen: int | None = None,
        **texts: Any,
    ) -> None:
        """Make a draft say this: its texts, and (None leaves them) its steps in order, each as ``Step.said`` gives it,
        and what each governing variable draws on, by tokens. A step without a key is new; ``after`` may name steps by
        their places in the list, from 0, too. Raises flow.Tangled where steps can't follow each other as they say."""
        self.edit(by=by, seen=seen, **texts)
        if steps is not None:
            self._take(steps)
        if draws_on is not None:
            self._draw(draws_on)

    def _take(self, steps: Iterable[Mapping[str, Any]]) -> None:
        rows = self._with_keys(steps)
        flow.see([flow.Link(row["key"], tuple(row.get("after", ()))) for row in rows])
        self.steps.all().delete()
        made = [
            Step(
                revision=self,
                position=position,
                after=list(row.get("after", ())),
                **{name: text for name, text in row.items() if name not in ("after", "draws_on")},
            )
            for position, row in enumerate(rows)
        ]
        Step.objects.bulk_create(made)
        Source.objects.bulk_create(
            source
            for step, row in zip(made, rows, strict=True)
            for source in self._sources(row.get("draws_on", ()), step=step)
        )

    def _with_keys(self, steps: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Each step with its key: one that comes without has that of the step that does the same, and otherwise the
        next that no edition of the routine has used."""
        rows = [dict(step) for step in steps]
        used = set(Step.objects.filter(revision__routine=self.routine_id).values_list("key", flat=True))
        named = {row["key"] for row in rows if row.get("key")}
        same = {step.what: step.key for step in self.steps.all() if step.key not in named}
        free = (key for key in map("s{}".format, itertools.count(1)) if key not in used | named)
        keys = [row.get("key") or same.pop(row["what"], None) or next(free) for row in rows]
        afters = [tuple(keys[one] if isinstance(one, int) else one for one in row.get("after", ())) for row in rows]
        return [{**row, "key": key, "after": after} for row, key, after in zip(rows, keys, afters, strict=True)]

    def _draw(self, draws_on: Mapping[str, Iterable[str]]) -> None:
        self.sources.filter(variable__in=list(draws_on)).delete()
        Source.objects.bulk_create(
            source for name, tokens in draws_on.items() for source in self._sources(tokens, variable=name)
        )

    def _sources(self, tokens: Iterable[str], **where: Any) -> Iterator[Source]:
        for position, token in enumerate(dict.fromkeys(tokens)):
            yield Source(revision=self, position=position, **where, **Source.naming(token))

    @property
    def missing(self) -> list[str]:
        """What it has to say before it can be put in force, in words; empty where nothing is missing."""
        steps = list(self.steps.all())
        asks = self.routine.kind != "learning" or any(step.prompt for step in steps)
        words = {
            "what it is for: its goal": bool(self.goal.strip()),
            "at least one step": bool(steps),
            "a question at one step at least, since they are the form of a review": asks or not steps,
        }
        return [what for what, there in words.items() if not there]

    @transaction.atomic
    def put_in_force(self, *, by: User, seen: int) -> None:
        """Adopt a first edition as somebody has read it: ``seen`` is the count of edits that they were shown. Conflict
        where somebody wrote in it since, or where it does not say enough yet."""
        self.hold()
        if self.is_draft and self.edits != seen:
            raise Conflict("Somebody wrote in it after you opened this page. Read what it says now.")
        if missing := self.missing:
            raise Conflict(f"It does not say enough to be put in force yet. Write down {' and '.join(missing)}.")
        self.adopt(by=by)

    def draws_on(self) -> dict[str, tuple[str, ...]]:
        """What each governing variable draws on, by tokens."""
        sources = [source for source in self.sources.all() if source.variable]
        return {name: tuple(s.token for s in sources if s.variable == name) for name in VARIABLES}

    def copied(self, *, by: User) -> RoutineRevision:
        """A draft based on this edition, with all that it says."""
        texts = {name: getattr(self, name) for name in COMPARED}
        draft = RoutineRevision.objects.create(
            routine=self.routine, based_on=self, created_at=clock.now(), created_by=by, **texts
        )
        draft._take(step.said() for step in self.steps.in_full())
        draft._draw(self.draws_on())
        return draft

    @transaction.atomic
    def bring_in(self, other: RoutineRevision, *, since: RoutineRevision, by: User, **fields: Any) -> list[Clash]:
        merge, editions = Merge(), (since, self, other)
        texts: dict[str, Any] = {
            name: merge.text(name, *(getattr(edition, name) for edition in editions)) for name in COMPARED
        }
        rows = [[tuple(step.said().items()) for step in edition.steps.in_full()] for edition in editions]
        words = {row: said for edition in rows for row, said in _in_words([dict(row) for row in edition]).items()}
        steps = merge.rows("steps", "", *rows, in_words=lambda row: words[row])
        drawn = [edition.draws_on() for edition in editions]
        names = called(token for one in drawn for tokens in one.values() for token in tokens)
        draws_on = {
            name: merge.rows(name, "", *(list(one[name]) for one in drawn), in_words=names.__getitem__)
            for name in VARIABLES
        }
        self._save(by=by, **texts, **fields)
        try:
            self._take(_that_follow(map(dict, steps)))
        except flow.Tangled as tangled:
            raise Conflict(
                f"With the steps that are new, yours can’t follow each other as they say. {tangled} Change in your "
                "draft what comes after what, then bring it up to date."
            ) from None
        self._draw(draws_on)
        return merge.clashes

    # What it changes

    def said(self) -> comparing.Said:
        """What it says, as it is compared: its steps are one text, a paragraph for each."""
        rows = [step.said() for step in self.steps.in_full()]
        drawn = self.draws_on()
        names = called(token for tokens in drawn.values() for token in tokens)
        texts = {name: with_sources(getattr(self, name), [names[t] for t in drawn.get(name, ())]) for name in COMPARED}
        return comparing.Said(texts={**texts, "steps": "\n\n".join(_in_words(rows).values())})

    def differences(self) -> comparing.Differences:
        """What it says that the edition it is based on does not."""
        return comparing.compare(self.based_on.said() if self.based_on else comparing.Said({}), self.said())

    def changed_parts(self, differences: comparing.Differences | None = None) -> list[str]:
        """Which parts it changes, by the names that knowledge.loops uses; ``differences`` where they are known."""
        return list((self.differences() if differences is None else differences).texts)

    def fingerprint(self) -> str:
        """SHA-256 over what is decided on: texts, steps, sources, significance and based_on; not the loop, nor who
        wrote it."""
        return fingerprint_of(
            {
                **{name: canonical(getattr(self, name)) for name in (*COMPARED, "significance")},
                "based_on": self.based_on_id,
                "draws_on": self.draws_on(),
                "steps": [_canonical(step.said()) for step in self.steps.in_full()],
            }
        )

    @transaction.atomic
    def publish(self, *, by: User, **said: Any) -> None:
        """As any edition is published. What it draws on, and what it drew on, is held meanwhile, so that what changes
        at this moment is not missed: see knocking_on."""
        Source.objects.filter(revision__in=[pk for pk in (self.pk, self.based_on_id) if pk]).hold()
        super().publish(by=by, **said)

    def _tell_that_it_is_in_force(self, *, by: User) -> None:
        knock_on.tell("routine_changed", self, by=by)


def _canonical(step: dict[str, Any]) -> dict[str, Any]:
    return {name: canonical(said) if isinstance(said, str) else said for name, said in step.items()}


def with_sources(text: str, names: Sequence[str]) -> str:
    """A text and what it draws on."""
    return f"{text}\n\nDraws on: {'; '.join(names)}." if names else text


def _that_follow(steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps of which some were taken out or moved by others: each stands once, and what came after one that is gone
    comes after the one before it."""
    rows = list({row["key"]: row for row in steps}.values())
    keys = {row["key"] for row in rows}
    return [{**row, "after": tuple(key for key in row["after"] if key in keys)} for row in rows]


def _in_words(steps: Sequence[dict[str, Any]]) -> dict[tuple[tuple[str, Any], ...], str]:
    """Each step in words (who: what, “prompt”, with what and how long), by all that it says."""
    names = called(token for step in steps for token in step["draws_on"])
    does = doing({step["key"]: step["what"] for step in steps})
    return {tuple(step.items()): step_in_words(step, does, names) for step in steps}


def doing(whats: Mapping[str, str]) -> dict[str, str]:
    """What steps do, by their keys, as others name them."""
    return {key: f"“{Truncator(what).chars(60)}”" for key, what in whats.items()}


def step_in_words(step: Mapping[str, Any], does: Mapping[str, str], names: Mapping[str, str]) -> str:
    """All that a step says, as one paragraph. ``does``: what other steps do, by their keys (a number would be another
    one with each step that is put in); ``names``: of what it draws on, by token."""
    said = f"{step['who']}: {step['what']}" if step["who"] else step["what"]
    more = [
        f"“{step['prompt']}”" if step["prompt"] else "",
        f"With {step['tool']}." if step["tool"] else "",
        f"{step['minutes']} {'minute' if step['minutes'] == 1 else 'minutes'}." if step["minutes"] is not None else "",
        f"Comes after {' and '.join(does.get(key, 'a step that is gone') for key in step['after'])}."
        if step["after"]
        else "",
        f"Draws on: {'; '.join(names[token] for token in step['draws_on'])}." if step["draws_on"] else "",
    ]
    return " ".join([said, *filter(None, more)])
