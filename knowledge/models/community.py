"""Communities of practice: people who learn together about what they do."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import slugify

from knowledge.models.edition import Conflict
from knowledge.models.topic import Topic
from nhs_learning.people.models import Notice, Trust, User
from nhs_learning.people.reach import AnyReach, Reach
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry

#: What its facilitator says of it.
FIELDS = ("name", "purpose", "joining")


class CommunityQuerySet(models.QuerySet["Community"]):
    def visible_to(self, user: User | AnonymousUser) -> CommunityQuerySet:
        """Those of the reader's trust."""
        return self.within(user.reach) if isinstance(user, User) else self.none()

    def within(self, reach: Reach | AnyReach) -> CommunityQuerySet:
        """The same for somebody of this reach, so that the question can be put into SQL once for all readers."""
        return self.filter(trust=reach.trust_id)

    def open(self) -> CommunityQuerySet:
        """Not ended."""
        return self.filter(ended_at=None)

    def of(self, user: User) -> CommunityQuerySet:
        """Those of which the person is a member, in their trust."""
        return self._joined(user.pk, user.trust_id)

    def joined(self, reach: Reach | AnyReach) -> CommunityQuerySet:
        """The same for somebody of this reach."""
        return self._joined(reach.user_id, reach.trust_id)

    def _joined(self, user_id: Any, trust_id: Any) -> CommunityQuerySet:
        theirs = Member.objects.filter(user=user_id, state=Member.State.MEMBER).values("community")
        return self.filter(pk__in=theirs, trust=trust_id)

    def with_figures(self, user: User) -> CommunityQuerySet:
        """Each with ``size``, how many members are here, and ``standing``, whether this person is one or asks to be (as
        ``Member.State``, or "")."""
        here = Member.objects.filter(community=OuterRef("pk"), user__is_active=True, user__trust=OuterRef("trust"))
        number = here.filter(state=Member.State.MEMBER).order_by().values("community").annotate(n=Count("pk"))
        standing = here.filter(user=user).exclude(state=Member.State.LEFT).values("state")
        return self.annotate(
            size=Coalesce(Subquery(number.values("n")), 0),
            standing=Coalesce(Subquery(standing[:1]), Value("")),
        )


class Community(models.Model):
    """A community of practice of a trust: what for, who facilitates it, who may join and how."""

    class Joining(models.TextChoices):
        OPEN = "open", "Anyone of the trust may join"
        REQUEST = "request", "By asking the facilitator"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="communities")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=100)
    purpose = models.TextField()
    joining = models.CharField(max_length=8, choices=Joining, default=Joining.OPEN)
    facilitator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="facilitates_communities")
    topics = models.ManyToManyField(Topic, blank=True, related_name="communities")
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CommunityQuerySet.as_manager()
    members: Any
    sessions: Any

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "communities"
        constraints = [
            models.UniqueConstraint(fields=["trust", "slug"], name="a_community_slug_is_unique_in_its_trust"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(purpose=""), name="a_community_says_what_it_is_for"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="a_community_is_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("community", args=[self.slug])

    @cached_property
    def roll(self) -> list[Member]:
        """Its members and those who ask to be, by name: of these, who is here. One query, asked once."""
        here = self.members.filter(user__is_active=True, user__trust=self.trust_id).exclude(state=Member.State.LEFT)
        return list(here.select_related("user__trust"))

    def people(self) -> list[User]:
        """Its members who are here: neither left nor moved to another trust."""
        return [one.user for one in self.roll if one.state == Member.State.MEMBER]

    def waiting(self) -> list[Member]:
        """Those who ask to join."""
        return [one for one in self.roll if one.state == Member.State.ASKED]

    def standing_of(self, user: User | AnonymousUser) -> str:
        """Whether the person is a member or asks to be one, as a ``Member.State``; otherwise ""."""
        return next((one.state for one in self.roll if one.user_id == user.pk), "")

    def has_member(self, user: User | AnonymousUser) -> bool:
        return self.standing_of(user) == Member.State.MEMBER

    @property
    def is_without_facilitator(self) -> bool:
        """Has whoever facilitates it left the trust?"""
        return not self.facilitator.is_active or self.facilitator.trust_id != self.trust_id

    def _look_again(self) -> None:
        """Who belongs to it is asked anew."""
        self.__dict__.pop("roll", None)

    # Its verbs

    @classmethod
    @transaction.atomic
    def begin(
        cls, *, by: User, name: str, purpose: str, joining: str = "open", topics: Iterable[Topic] = (), slug: str = ""
    ) -> Community:
        """Begin one in one's own trust, as its facilitator and first member."""
        slug = slug or cls._free_slug(trust=by.trust, name=name)
        community = cls.objects.create(
            trust=by.trust,
            slug=slug,
            name=name,
            purpose=purpose,
            joining=joining,
            facilitator=by,
            began_at=clock.now(),
            began_by=by,
        )
        community.topics.set(topics)
        Member.objects.create(community=community, user=by, state=Member.State.MEMBER, since=clock.today())
        Event.record(by=by, verb="began_community", subject=community, trust=community.trust, name=name)
        community.make_findable()
        return community

    @classmethod
    def _free_slug(cls, *, trust: Trust | None, name: str) -> str:
        """One that no other has. Two who begin at once come one after the other."""
        Trust.objects.select_for_update().filter(pk=trust and trust.pk).first()
        stem, number = slugify(name)[:70] or "community", 2
        slug = stem
        while slug == "new" or cls.objects.filter(trust=trust, slug=slug).exists():
            slug, number = f"{stem}-{number}", number + 1
        return slug

    @transaction.atomic
    def describe(self, *, by: User, topics: Iterable[Topic] | None = None, **fields: Any) -> None:
        """Change what it is for, how one joins, its topics: any of FIELDS."""
        Community.objects.filter(pk=self.pk).update(**fields)
        if topics is not None:
            self.topics.set(topics)
        self.refresh_from_db()
        Event.record(by=by, verb="described_community", subject=self, trust=self.trust, parts=sorted(fields))
        self.make_findable()

    @transaction.atomic
    def join(self, *, by: User, why: str = "") -> Member:
        """Join it, or ask its facilitator where one has to ask. Twice is once."""
        self._must_go_on()
        state = Member.State.MEMBER if self.joining == self.Joining.OPEN else Member.State.ASKED
        member, new = self.members.get_or_create(user=by, defaults={"state": state, "since": clock.today(), "why": why})
        if not new and member.state == Member.State.LEFT:
            member.become(state, why=why)
            new = True
        if new:
            self._look_again()
            self._tell_of(member, by)
        return member

    def _tell_of(self, member: Member, by: User) -> None:
        if member.state == Member.State.ASKED:
            Event.record(by=by, verb="asked_to_join", subject=self, trust=self.trust)
            words = f"{by.name} asks to join {self.name}"
            Notice.send(self.facilitator, words=words, why="You facilitate it.", url=self.get_absolute_url())
        else:
            Event.record(by=by, verb="joined_community", subject=self, trust=self.trust)

    @transaction.atomic
    def admit(self, *, by: User, person: User) -> None:
        """Let somebody in who asked; they are told."""
        row = self.members.filter(user=person, state=Member.State.ASKED)
        if not row.update(state=Member.State.MEMBER, since=clock.today()):
            raise Conflict(f"{person} is not waiting to join.")
        self._look_again()
        Event.record(by=by, verb="admitted", subject=self, trust=self.trust, person=person.name)
        words = f"You are now a member of {self.name}"
        Notice.send(person, words=words, why="You asked to join.", url=self.get_absolute_url())

    @transaction.atomic
    def part_with(self, *, by: User, person: User) -> None:
        """Somebody leaves, is not let in, or is taken out by the facilitator. The facilitator hands it on first."""
        if person == self.facilitator:
            raise Conflict(f"{person} facilitates it: hand it on to somebody else first.")
        row = self.members.filter(user=person).exclude(state=Member.State.LEFT)
        if not row.update(state=Member.State.LEFT):
            raise Conflict(f"{person} is not a member.")
        self._look_again()
        Event.record(by=by, verb="left_community", subject=self, trust=self.trust, person=person.name)
        if person != by:
            words = f"You are not a member of {self.name}"
            Notice.send(person, words=words, why="Its facilitator said so.", url=self.get_absolute_url())

    @transaction.atomic
    def hand_on(self, *, by: User, to: User) -> None:
        """Let a colleague facilitate it, who becomes a member if they are none."""
        self._must_go_on()
        if to.trust_id != self.trust_id or not to.is_active:
            raise Conflict(f"{to} is not here, so they can't facilitate it.")
        Community.objects.filter(pk=self.pk).update(facilitator=to)
        member, new = self.members.get_or_create(
            user=to, defaults={"state": Member.State.MEMBER, "since": clock.today()}
        )
        if not new and member.state != Member.State.MEMBER:
            member.become(Member.State.MEMBER)
        self.refresh_from_db()
        self._look_again()
        Event.record(by=by, verb="handed_on_community", subject=self, trust=self.trust, to=to.name)
        words = f"You now facilitate {self.name}"
        Notice.send(to, words=words, why=f"{by.name} handed it on to you.", url=self.get_absolute_url())

    @transaction.atomic
    def end(self, *, by: User) -> None:
        """End it; its page stays, and nobody joins any more. Its members are told."""
        if self.sessions.filter(state="planned", on__gte=clock.today()).exists():
            raise Conflict("It has sessions to come: hold them first, or cancel them.")
        if not Community.objects.open().filter(pk=self.pk).update(ended_at=clock.now(), ended_by=by):
            raise Conflict("It has ended already.")
        self.refresh_from_db()
        Event.record(by=by, verb="ended_community", subject=self, trust=self.trust)
        for person in self.people():
            if person != by:
                words = f"{self.name} has ended"
                Notice.send(person, words=words, why="You were a member.", url=self.get_absolute_url())
        self.make_findable()

    def _must_go_on(self) -> None:
        if self.ended_at is not None:
            raise Conflict("This community has ended.")

    # Being found

    def make_findable(self) -> None:
        SearchEntry.put([self._search_entry()])

    def _search_entry(self) -> dict[str, Any]:
        if self.ended_at is not None:
            return {"kind": "community", "subject_id": self.pk, "gone": True}
        return {
            "kind": "community",
            "subject_id": self.pk,
            "trust_id": self.trust_id,
            "title": self.name,
            "text": self.purpose,
            "url": self.get_absolute_url(),
            "topics": sorted(topic.name for topic in self.topics.all()),
            "audience": [f"trust:{self.trust_id}"],
            "published_on": self.began_at.date(),
        }


class Member(models.Model):
    """Who belongs to a community, has asked to, or did."""

    class State(models.TextChoices):
        ASKED = "asked", "Has asked to join"
        MEMBER = "member", "Member"
        LEFT = "left", "Left"

    community = models.ForeignKey(Community, models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="communities")
    state = models.CharField(max_length=8, choices=State)
    since = models.DateField()
    why = models.CharField("why they would like to join", max_length=300, blank=True)

    class Meta:
        ordering = ["user__name"]
        constraints = [
            models.UniqueConstraint(fields=["community", "user"], name="a_person_is_a_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} of {self.community}"

    def become(self, state: str, *, why: str = "") -> None:
        """Ask, belong or leave from today on."""
        self.state, self.since, self.why = state, clock.today(), why or self.why
        self.save(update_fields=["state", "since", "why"])
