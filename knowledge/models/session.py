"""Sessions: when people meet to learn from each other, by which method, who came, what was said and what came of it."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from knowledge import meeting, pairing
from knowledge.models.community import Community, Member
from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from nhs_learning.people.models import Notice, Service, Trust, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event

if TYPE_CHECKING:
    from knowledge.models.output import Output

#: What is said of a session before it is held.
FIELDS = ("title", "purpose", "on", "begins", "minutes", "place", "agenda", "guidance")


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user: User | AnonymousUser) -> SessionQuerySet:
        """That a community of the reader's trust meets, about what, and what came of it, the whole trust may see. A
        session of a service (a harvest, say) is for its facilitator, for whoever planned it and those asked to it.
        The notes, and who came, are for fewer: see ``Session.includes``."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(Q(community__isnull=False) | _own(user), trust=user.trust_id)

    def of(self, user: User) -> SessionQuerySet:
        """The person's own: of their communities, or which they facilitate, planned or were asked to. Not those of
        which they have said that they can't come."""
        ours = Q(community__in=Community.objects.of(user).values("pk"))
        cannot = Attendance.objects.filter(user=user, coming=False).values("session")
        return self.filter(ours | _own(user), trust=user.trust_id).exclude(Q(pk__in=cannot) & ~Q(facilitator=user))

    def run_by(self, user: User) -> SessionQuerySet:
        """Those that the person facilitates."""
        return self.filter(facilitator=user, trust=user.trust_id)

    def to_come(self) -> SessionQuerySet:
        return self.filter(state=Session.State.PLANNED, on__gte=clock.today()).order_by("on", "begins")

    def waiting_for_notes(self) -> SessionQuerySet:
        """The day has passed, and nobody has written down what came of it."""
        return self.filter(state=Session.State.PLANNED, on__lt=clock.today()).order_by("on")

    def held(self) -> SessionQuerySet:
        return self.filter(state=Session.State.HELD).order_by("-on", "-begins")


def _own(user: User) -> Q:
    invited = Attendance.objects.filter(user=user).values("session")
    return Q(facilitator=user) | Q(planned_by=user) | Q(pk__in=invited)


class Session(models.Model):
    """A meeting by one of the methods in ``knowledge/meeting.py``: of a community, or (a harvest, say) of a service.

    ``harvest_of`` is who is about to leave, where what they know is gathered.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        HELD = "held", "Held"
        CANCELLED = "cancelled", "Cancelled"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="sessions")
    community = models.ForeignKey(Community, models.PROTECT, null=True, blank=True, related_name="sessions")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="sessions")
    kind = models.CharField(max_length=24, choices=meeting.CHOICES)
    title = models.CharField(max_length=150)
    purpose = models.TextField(blank=True)
    on = models.DateField()
    begins = models.TimeField(default=datetime.time(12, 30))
    minutes = models.PositiveSmallIntegerField(default=60)
    place = models.CharField(max_length=200, blank=True)
    agenda = models.TextField(blank=True)  # Markdown; begins as its method has it
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="sessions")
    harvest_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="harvests"
    )
    facilitator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sessions")
    notes = models.TextField(blank=True)  # Markdown
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    saves = models.PositiveIntegerField(default=0)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_why = models.TextField(blank=True)

    objects = SessionQuerySet.as_manager()
    attendances: Any
    groups: Any
    outputs: Any

    class Meta:
        ordering = ["-on", "-begins"]
        constraints = [
            models.CheckConstraint(
                condition=Q(community__isnull=False, service=None) | Q(community=None, service__isnull=False),
                name="a_session_is_of_a_community_or_of_a_service",
            ),
            models.CheckConstraint(
                condition=Q(state="planned", ended_at=None, ended_by=None)
                | ~Q(state="planned") & Q(ended_at__isnull=False, ended_by__isnull=False),
                name="a_session_is_held_or_cancelled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(cancelled_why=""), name="a_cancelled_session_says_why"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=600), name="a_session_takes_minutes_or_hours"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("session", args=[self.pk])

    @property
    def method(self) -> meeting.Method:
        return meeting.METHODS[self.kind]

    @property
    def until(self) -> datetime.time:
        """When it ends."""
        begins = datetime.datetime.combine(self.on, self.begins)
        return (begins + datetime.timedelta(minutes=self.minutes)).time()

    @property
    def has_come(self) -> bool:
        """Is its day today, or past?"""
        return self.on <= clock.today()

    @property
    def is_past(self) -> bool:
        return self.on < clock.today()

    def includes(self, user: User | AnonymousUser) -> bool:
        """May the person read the notes and see who came? Members of its community, its facilitator, whoever planned
        it, those who were asked to it and who came."""
        if not isinstance(user, User) or user.trust_id != self.trust_id:
            return False
        if user.pk in (self.facilitator_id, self.planned_by_id):
            return True
        if self.community is not None and self.community.has_member(user):
            return True
        return any(one.user_id == user.pk and (one.came or not self.community_id) for one in self.guests)

    @cached_property
    def guests(self) -> list[Attendance]:
        """Who said whether they come, was asked, or came, by name. One query, asked once."""
        return list(self.attendances.select_related("user__trust"))

    # Its verbs

    @classmethod
    @transaction.atomic
    def plan(
        cls,
        *,
        by: User,
        kind: str,
        on: datetime.date,
        community: Community | None = None,
        service: Service | None = None,
        facilitator: User | None = None,
        invited: Iterable[User] = (),
        **said: Any,
    ) -> Session:
        """Plan one. ``said``: any of FIELDS, and ``harvest_of``; the agenda begins as its method has it. A community's
        members are told, or else those who are ``invited``, among them whose knowledge is harvested."""
        method = meeting.METHODS[kind]
        place = community or service
        assert place is not None, "A session is of a community or of a service."
        trust = place.trust
        said = {"title": method.label, "agenda": method.agenda, "minutes": method.minutes, **said}
        session = cls.objects.create(
            trust=trust,
            community=community,
            service=service,
            kind=kind,
            on=on,
            facilitator=facilitator or by,
            planned_at=clock.now(),
            planned_by=by,
            **said,
        )
        Event.record(by=by, verb="planned_session", subject=session, trust=trust, kind=kind, on=on.isoformat())
        asked = {*invited, session.facilitator, session.harvest_of} - {None}
        Attendance.objects.bulk_create(Attendance(session=session, user=person) for person in asked)
        session._tell(f"{method.label} on {on.day} {on:%B}: {session.title}", but=by)
        return session

    @transaction.atomic
    def write(self, *, by: User, seen: int, **said: Any) -> None:
        """Change what is said of it (any of FIELDS) or its ``notes``. Conflict where somebody saved since ``seen``
        saves."""
        before = (self.on, self.begins, self.place)
        row = Session.objects.filter(pk=self.pk, saves=seen).exclude(state=self.State.CANCELLED)
        if not row.update(saves=seen + 1, **said):
            raise Conflict("Somebody else wrote in it at the same time.")
        self.refresh_from_db()
        Event.record(by=by, verb="wrote_session", subject=self, trust=self.trust, parts=sorted(said))
        if self.state == self.State.PLANNED and before != (self.on, self.begins, self.place):
            self._tell(f"Now on {self.on.day} {self.on:%B} at {self.begins:%H:%M}: {self.title}", but=by)

    @transaction.atomic
    def answer(self, *, by: User, coming: bool) -> None:
        """Say whether one comes. Those with whom one was drawn, and who facilitates it, are told if one can't."""
        if not Session.objects.select_for_update().filter(pk=self.pk, state=self.State.PLANNED).exists():
            raise Conflict("It is not to come any more.")
        self.attendances.update_or_create(user=by, defaults={"coming": coming})
        self.__dict__.pop("guests", None)
        drawn = self.groups.filter(people=by).first()
        if drawn is not None and not coming:
            for person in {*drawn.people.all(), self.facilitator} - {by}:
                words = f"{by.name} can’t after all: {self.title}"
                Notice.send(person, words=words, why="They were drawn.", url=self.get_absolute_url())

    @transaction.atomic
    def hold(self, *, by: User, came: Iterable[User]) -> None:
        """It was held: who came. Said again, it is put right."""
        row = Session.objects.filter(pk=self.pk).exclude(state=self.State.CANCELLED)
        if not row.update(state=self.State.HELD, ended_at=clock.now(), ended_by=by):
            raise Conflict("It was cancelled.")
        there = {person.pk for person in came}
        self.__dict__.pop("guests", None)
        self.attendances.exclude(user__in=there).update(came=False)
        for pk in there:
            self.attendances.update_or_create(user_id=pk, defaults={"came": True})
        self.refresh_from_db()
        Event.record(by=by, verb="held_session", subject=self, trust=self.trust, came=len(there))

    @transaction.atomic
    def cancel(self, *, by: User, why: str) -> None:
        """Cancel it; whoever would have come is told."""
        said = {"ended_at": clock.now(), "ended_by": by, "cancelled_why": why}
        row = Session.objects.filter(pk=self.pk, state=self.State.PLANNED)
        if not row.update(state=self.State.CANCELLED, **said):
            raise Conflict("Only a session that is still to come can be cancelled.")
        self.refresh_from_db()
        Event.record(by=by, verb="cancelled_session", subject=self, trust=self.trust, why=why)
        self._tell(f"Cancelled: {self.title}, {self.on.day} {self.on:%B}. {why}", but=by)

    @transaction.atomic
    def draw(self, *, by: User, again: bool = False, seed: int | None = None) -> None:
        """Draw who has coffee with whom: pairs, and one trio where the number is odd. Those who met least often in
        trials before are put together. Each is told whom to meet. Drawn ``again``, all of it is anew; unless one means
        to, Conflict, since somebody may have drawn a moment ago."""
        held = Session.objects.select_for_update().get(pk=self.pk)
        if held.kind != meeting.COFFEE or held.state != self.State.PLANNED:
            raise Conflict("Pairs are drawn for a coffee trial that is still to come.")
        if self.groups.exists() and not again:
            raise Conflict("The pairs are drawn already, and everybody has been told.")
        people = {person.pk: person for person in self.who_may_come()}
        if len(people) < 2:
            raise Conflict("It takes at least two people.")
        self.groups.all().delete()
        drawn = pairing.draw(sorted(people), met=self._met_before(), chance=random.Random(seed))
        for number, group in enumerate(drawn, start=1):
            made = self.groups.create(number=number)
            made.people.set(group)
            for pk in group:
                others = " and ".join(people[other].name for other in group if other != pk)
                anew = "Drawn again: coffee" if again else "Coffee"
                words = f"{anew} with {others} by {self.on.day} {self.on:%B}: {self.title}"
                Notice.send(people[pk], words=words, why="You were drawn.", url=self.get_absolute_url())
        Event.record(by=by, verb="drew_pairs", subject=self, trust=self.trust, groups=len(drawn))

    @transaction.atomic
    def remind(self, *, by: User) -> int:
        """Remind those who may come, once a day; how many they are."""
        now = Session.objects.select_for_update().get(pk=self.pk)
        if now.state != self.State.PLANNED or self.on < clock.today():
            raise Conflict("It is not to come any more.")
        if Event.objects.about(self).filter(verb="reminded", at__date=clock.today()).exists():
            raise Conflict("They were reminded today.")
        Event.record(by=by, verb="reminded", subject=self, trust=self.trust)
        return self._tell(f"Soon: {self.title}, {self.on.day} {self.on:%B} at {self.begins:%H:%M}", but=by)

    def who_may_come(self) -> list[User]:
        """The members of its community and who was invited, if they are here; not those who said that they can't."""
        cannot = self.attendances.filter(coming=False).values("user")
        asked = Q(pk__in=self.attendances.values("user"))
        if self.community_id:
            members = Member.objects.filter(community=self.community_id, state=Member.State.MEMBER)
            asked |= Q(pk__in=members.values("user"))
        here = User.objects.of(self.trust).here()
        return list(here.filter(asked).exclude(pk__in=cannot).order_by("name"))

    def _met_before(self) -> Counter[frozenset[int]]:
        """How often each two had coffee together in the other trials of this community, or of this service."""
        met: Counter[frozenset[int]] = Counter()
        together: dict[int, list[int]] = {}
        where = {"community": self.community_id} if self.community_id else {"service": self.service_id}
        theirs = Session.objects.filter(**where)
        earlier = CoffeeGroup.people.through.objects.filter(coffeegroup__session__in=theirs)
        earlier = earlier.exclude(coffeegroup__session=self).exclude(coffeegroup__session__state="cancelled")
        for group, person in earlier.values_list("coffeegroup", "user"):
            together.setdefault(group, []).append(person)
        for group_of in together.values():
            met.update(frozenset(two) for two in combinations(group_of, 2))
        return met

    @transaction.atomic
    def bring_out(self, *, by: User, kind: str, text: str, guidance: Guidance | None = None) -> Output:
        """Write down something that came of it: an insight, a question or a change to be made. If nobody has said so
        yet, it was held: those came who said that they would."""
        now = Session.objects.select_for_update().get(pk=self.pk)
        if now.state == self.State.CANCELLED:
            raise Conflict("It was cancelled.")
        if now.state == self.State.PLANNED:
            self.hold(by=by, came=[one.user for one in self.guests if one.coming])
        output = self.outputs.create(kind=kind, text=text, guidance=guidance, at=clock.now(), by=by)
        Event.record(by=by, verb="came_of_session", subject=self, trust=self.trust, kind=kind)
        return output

    def _tell(self, words: str, *, but: User) -> int:
        people = [person for person in self.who_may_come() if person != but]
        for person in people:
            why = f"You are a member of {self.community}." if self.community else "You are invited."
            Notice.send(person, words=words, why=why, url=self.get_absolute_url())
        return len(people)


class Attendance(models.Model):
    """Whether somebody comes to a session (None: has not said), and whether they came."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="session_attendances")
    coming = models.BooleanField(null=True)
    came = models.BooleanField(default=False)

    class Meta:
        ordering = ["user__name"]
        constraints = [
            models.UniqueConstraint(fields=["session", "user"], name="somebody_comes_to_a_session_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.session}"


class CoffeeGroup(models.Model):
    """Two or three people who were drawn to have coffee together."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="groups")
    number = models.PositiveSmallIntegerField()
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="coffee_groups")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="a_coffee_group_has_its_own_number"),
        ]

    def __str__(self) -> str:
        return f"Group {self.number} of {self.session}"
