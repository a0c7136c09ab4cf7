"""Routines: how knowledge is used, as a trust describes it. Each has one pointer to the edition in force."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify

from knowledge.models import Conflict, Topic
from nhs_learning.people.models import Notice, Service, Trust, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry
from routines.models.routine_revision import VARIABLES, RoutineRevision

#: Addresses beneath /routines/ that are no routine's.
ADDRESSES = {"import", "checks", "new"}


class RoutineQuerySet(models.QuerySet["Routine"]):
    def of(self, trust: Trust | None) -> RoutineQuerySet:
        return self.filter(trust=trust)

    def in_force(self) -> RoutineQuerySet:
        return self.filter(state=Routine.State.IN_FORCE)

    def being_drafted(self) -> RoutineQuerySet:
        """Never in force yet."""
        return self.filter(state=Routine.State.DRAFTING)

    def learning(self) -> RoutineQuerySet:
        """How the trust reviews things."""
        return self.filter(kind=Routine.Kind.LEARNING)

    def visible_to(self, user: Any) -> RoutineQuerySet:
        """What this person may read: their own trust's, once it has been in force."""
        if not user.is_authenticated or user.trust_id is None:
            return self.none()
        return self.filter(trust=user.trust_id).exclude(state=Routine.State.DRAFTING)


class Routine(models.Model):
    """A routine of a trust, or of one of its services. Its text is in its revisions."""

    class Kind(models.TextChoices):
        CARE = "care", "Care"
        OPERATIONAL = "operational", "Operational"
        LEARNING = "learning", "Learning"  # how the trust reviews things

    class State(models.TextChoices):
        DRAFTING = "drafting", "Being drafted"
        IN_FORCE = "in_force", "In force"
        WITHDRAWN = "withdrawn", "Withdrawn"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="routines")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="routines")
    kind = models.CharField(max_length=12, choices=Kind)
    slug = models.SlugField(max_length=120)
    title = models.CharField(max_length=250)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFTING)
    current = models.OneToOneField(RoutineRevision, models.PROTECT, null=True, blank=True, related_name="current_of")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="owns_routines")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    topics = models.ManyToManyField(Topic, blank=True, related_name="routines")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.TextField(blank=True)

    objects = RoutineQuerySet.as_manager()
    current_id: int | None
    owner_id: int
    deputy_id: int | None
    revisions: Any
    checks: Any

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["trust", "slug"], name="a_routine_slug_is_unique_in_its_trust"),
            models.CheckConstraint(
                condition=Q(state="drafting", current=None) | (~Q(state="drafting") & Q(current__isnull=False)),
                name="a_routine_that_was_in_force_has_a_current_revision",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") & Q(withdrawn_at=None, withdrawn_by=None)
                | Q(state="withdrawn", withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why=""),
                name="a_withdrawn_routine_says_when_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """A learning routine has the page of a method."""
        return reverse("method" if self.kind == self.Kind.LEARNING else "routine", args=[self.slug])

    def is_theirs(self, user: User) -> bool:
        """Do they own it or deputise for it?"""
        return user.pk in (self.owner_id, self.deputy_id)

    @classmethod
    @transaction.atomic
    def begin(
        cls,
        *,
        by: User,
        trust: Trust,
        kind: str,
        title: str,
        slug: str = "",
        service: Service | None = None,
        owner: User | None = None,
    ) -> RoutineRevision:
        """Begin a routine, and return the draft of its first edition, still empty."""
        routine = cls.objects.create(
            trust=trust,
            service=service,
            kind=kind,
            slug=slug or cls.free_slug(trust_id=trust.pk, title=title),
            title=title,
            owner=owner or by,
            created_at=clock.now(),
        )
        Event.record(by=by, verb="began", subject=routine, trust=trust, title=title)
        return RoutineRevision.objects.create(routine=routine, title=title, created_at=clock.now(), created_by=by)

    @classmethod
    def free_slug(cls, *, trust_id: int, title: str) -> str:
        """An address for this title that no routine of the trust has."""
        stem = slugify(title)[:110] or "routine"
        had = cls.objects.filter(trust_id=trust_id, slug__startswith=stem)
        taken = ADDRESSES.union(had.values_list("slug", flat=True))
        others = map(f"{stem}-{{}}".format, itertools.count(2))
        return next(slug for slug in itertools.chain([stem], others) if slug not in taken)

    @transaction.atomic
    def describe(
        self,
        *,
        by: User,
        owner: User,
        deputy: User | None = None,
        service: Service | None = None,
        topics: Iterable[Topic] | None = None,
    ) -> None:
        """Say whose it is, where it is done and what it is filed under (None leaves the topics). Whoever is new to it
        is told."""
        before = (self.owner_id, self.deputy_id)
        Routine.objects.filter(pk=self.pk).update(owner=owner, deputy=deputy, service=service)
        self.refresh_from_db()
        if topics is not None:
            self.topics.set(topics)
        Event.record(by=by, verb="described", subject=self, trust=self.trust, owner=owner.name)
        if owner != by and owner.pk != before[0]:
            self._tell(owner, f"{self} is yours now", why=f"{by.name} says that you own this routine.")
        if deputy is not None and deputy != by and deputy.pk != before[1]:
            self._tell(deputy, f"You are now the deputy for {self}", why=f"{by.name} says so.")
        self.make_findable()

    def _tell(self, user: User, words: str, *, why: str) -> None:
        """A page of it there is only once it has been in force."""
        Notice.send(user, words=words, why=why, url=self.get_absolute_url() if self.current_id else reverse("routines"))

    @transaction.atomic
    def throw_away(self, *, by: User) -> None:
        """Throw away a routine that has never been in force, with its draft. The timeline keeps what happened."""
        held = Routine.objects.select_for_update(of=("self",)).filter(pk=self.pk).first()
        if held is None or held.state != self.State.DRAFTING:
            now = "in force" if held else "thrown away"
            raise Conflict(f"It is {now} already.")
        Event.record(by=by, verb="threw_away", subject=self, trust=self.trust, title=self.title)
        for draft in self.revisions.all():
            draft.delete()
        held.delete()

    @transaction.atomic
    def withdraw(self, *, by: User, why: str) -> None:
        """Take it out of force. Its page stays, and says why."""
        said = {"withdrawn_at": clock.now(), "withdrawn_by": by, "withdrawn_why": why}
        row = Routine.objects.filter(pk=self.pk, state=self.State.IN_FORCE)
        if not row.update(state=self.State.WITHDRAWN, **said):
            raise Conflict("This routine is not in force, so there is nothing to withdraw.")
        self.refresh_from_db()
        Event.record(by=by, verb="withdrew", subject=self, trust=self.trust, why=why)
        self.make_findable()

    @transaction.atomic
    def start_draft(self, *, by: User) -> RoutineRevision:
        """A new draft that says what the edition in force says, to be worked on."""
        if self.current is None:
            raise Conflict("This routine has no edition in force yet: work on the draft of its first edition.")
        draft = self.current.copied(by=by)
        Event.record(by=by, verb="started_draft", subject=self, trust=self.trust, draft=draft.pk)
        return draft

    def make_findable(self) -> None:
        """Tell search what this is now. Last in the transaction of each verb that changes what readers see."""
        if self.current is None:
            return
        edition = self.current
        steps = [text for step in edition.steps.all() for text in (step.who, step.what, step.prompt) if text]
        entry = {
            "kind": "routine",
            "subkind": self.kind,
            "subject_id": self.pk,
            "trust_id": self.trust_id,
            "service_id": self.service_id,
            "title": edition.title,
            "text": "\n".join([*(getattr(edition, name) for name in VARIABLES), *steps]),
            "url": self.get_absolute_url(),
            "topics": sorted(topic.name for topic in self.topics.all()),
            "audience": [f"trust:{self.trust_id}"],
            "withdrawn": self.state == self.State.WITHDRAWN,
            "published_on": edition.published_at and edition.published_at.date(),
        }
        SearchEntry.put([entry])
