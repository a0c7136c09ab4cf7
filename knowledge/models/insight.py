"""Insights: what people know that is not written down anywhere, told by those who know it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from knowledge.models.statement import Statement
from knowledge.models.topic import Topic
from nhs_learning.people.models import Notice, Service, Trust, User
from nhs_learning.people.reach import AnyReach, Reach
from nhs_learning.record import clock, knock_on
from nhs_learning.record.models import Event, SearchEntry

if TYPE_CHECKING:
    from knowledge.models.conversation import Conversation

#: After how long its holders are asked whether it is still true.
STILL_TRUE = datetime.timedelta(days=365)
#: What its holders write. ``when_not`` may stay empty: not everybody has met the case in which it fails.
TEXTS = ("title", "situation", "practice", "why", "when_not")
#: What its holders say of it beside the text.
FIELDS = (*TEXTS, "kind", "service", "audience", "guidance", "statement", "relation", "ask_me")


class InsightQuerySet(models.QuerySet["Insight"]):
    def visible_to(self, user: User | AnonymousUser) -> InsightQuerySet:
        """The person's own, and what is shared with them by its audience. Other trusts see what the network may."""
        return self.within(user.reach) if isinstance(user, User) else self.none()

    def within(self, reach: Reach | AnyReach) -> InsightQuerySet:
        """The same for somebody of this reach, so that the question can be put into SQL once for all readers."""
        shared = (
            Q(audience=Insight.Audience.NETWORK)
            | Q(audience=Insight.Audience.TRUST, trust=reach.trust_id)
            | Q(audience=Insight.Audience.SERVICE, service__pk__any_of=reach.near())
        )
        theirs = Insight.holders.through.objects.filter(user=reach.user_id).values("insight")
        return self.filter(Q(pk__in=theirs) | Q(state=Insight.State.SHARED) & shared)

    def held_by(self, user: User) -> InsightQuerySet:
        return self.filter(holders=user).exclude(state=Insight.State.WITHDRAWN)

    def shared(self) -> InsightQuerySet:
        return self.filter(state=Insight.State.SHARED)

    def on(self, topics: Iterable[Topic]) -> InsightQuerySet:
        """About one of these topics."""
        about = Insight.topics.through.objects.filter(topic__in=topics).values("insight")
        return self.filter(pk__in=about)

    def to_ask_about(self) -> InsightQuerySet:
        """Nobody has said for a year that it is still true, and its holders have not been asked since."""
        return self.shared().filter(still_true_on__lte=clock.today() - STILL_TRUE, asked_on=None)

    def asked_of(self, user: User) -> InsightQuerySet:
        """Theirs, and they have been asked whether it is still true."""
        return self.shared().filter(holders=user, asked_on__isnull=False)

    def as_told(self) -> InsightQuerySet:
        """Each with ``told_by``, its holders' names, and ``helped``, how many colleagues it helped."""
        holders = User.objects.filter(insights=models.OuterRef("pk")).order_by("name").values("name")
        thanks = Thanks.objects.filter(insight=models.OuterRef("pk")).order_by().values("insight")
        helped = models.Subquery(thanks.annotate(number=models.Count("pk")).values("number"))
        return self.annotate(told_by=ArraySubquery(holders), helped=Coalesce(helped, 0))

    def of_guidance(self, guidance: Any) -> InsightQuerySet:
        """Shared about this guidance, or part of one of its editions, each with ``grew_into_it``: is it the latter?"""
        grew = Insight.objects.filter(
            pk=models.OuterRef("pk"), codifications__revision__guidance=guidance, codifications__revision__number__gte=1
        )
        told = self.shared().annotate(grew_into_it=models.Exists(grew))
        return told.filter(Q(guidance=guidance) | Q(grew_into_it=True))

    def beside(self, guidance: Any) -> InsightQuerySet:
        """What colleagues have learned about this guidance, or what grew into it, what others found helpful first: each
        as told, and with ``grew_into_it``. One query."""
        return self.of_guidance(guidance).as_told().select_related("statement").order_by("-helped", "-shared_at")


class Insight(models.Model):
    """A story, tip, case or lesson of the people who hold it: they alone edit it, hand it on or withdraw it."""

    class Kind(models.TextChoices):
        TIP = "tip", "Tip"
        STORY = "story", "Story"
        CASE = "case", "Case"
        LESSON = "lesson", "Lesson"

    class State(models.TextChoices):
        DRAFT = "draft", "Not shared yet"
        SHARED = "shared", "Shared"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Audience(models.TextChoices):
        SERVICE = "service", "My service"
        TRUST = "trust", "The trust"
        NETWORK = "network", "Anyone signed in, of any trust"

    class Relation(models.TextChoices):
        EXPLAINS = "explains", "It explains it: how it works in practice"
        EXTENDS = "extends", "It adds what is not in it"
        CONTRADICTS = "contradicts", "It differs from it: we found otherwise"
        GREW_FROM = "grew_from", "It came of using it"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="insights")
    service = models.ForeignKey(Service, models.PROTECT, related_name="insights")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TIP)
    title = models.CharField(max_length=150, blank=True)
    situation = models.TextField(blank=True)
    practice = models.TextField("what we do", blank=True)
    why = models.TextField("why it works", blank=True)
    when_not = models.TextField("when it doesn't", blank=True)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.TRUST)
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="insights")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, blank=True, related_name="insights")
    relation = models.CharField(max_length=12, choices=Relation, blank=True)
    ask_me = models.BooleanField("talk to me about this", default=True)
    topics = models.ManyToManyField(Topic, blank=True, related_name="insights")
    holders = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="insights")
    conversation = models.ForeignKey(
        "knowledge.Conversation", models.PROTECT, null=True, blank=True, related_name="insights"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    saves = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    shared_at = models.DateTimeField(null=True, blank=True)
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.TextField(blank=True)
    still_true_on = models.DateField(null=True, blank=True)
    asked_on = models.DateField("asked whether it is still true", null=True, blank=True)

    objects = InsightQuerySet.as_manager()
    thanks: Any
    codifications: Any

    class Meta:
        ordering = ["-shared_at", "-began_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="shared")
                | (~Q(title="") & ~Q(situation="") & ~Q(practice="") & ~Q(why="") & Q(shared_at__isnull=False)),
                name="a_shared_insight_says_what_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(guidance=None, statement=None, relation="") | Q(guidance__isnull=False) & ~Q(relation=""),
                name="an_insight_about_guidance_says_how_it_relates",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
                name="a_withdrawn_insight_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(shared_at=None, shared_by=None) | Q(shared_at__isnull=False, shared_by__isnull=False),
                name="an_insight_is_shared_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="an_insight_is_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title or "Something not named yet"

    def get_absolute_url(self) -> str:
        return reverse("insight", args=[self.pk])

    def is_held_by(self, user: User | AnonymousUser) -> bool:
        return any(one.pk == user.pk for one in self.holders.all())

    @property
    def is_doubtful(self) -> bool:
        """Has nobody said for more than a year that it is still true?"""
        return self.still_true_on is not None and self.still_true_on <= clock.today() - STILL_TRUE

    @property
    def has_nobody(self) -> bool:
        """Have all its holders left, or are they leaving?"""
        return all(
            not one.is_active or one.leaving_on is not None or one.trust_id != self.trust_id
            for one in self.holders.all()
        )

    def is_open_to(self, user: User) -> bool:
        """May the person read it?"""
        shared = self.state == self.State.SHARED and bool(user.reach.tokens.intersection(self.audience_tokens()))
        return shared or self.is_held_by(user)

    def audience_tokens(self) -> list[str]:
        """The tokens of which a reader must hold one (see people.reach); its holders always may."""
        shared = {"service": f"service:{self.service_id}", "trust": f"trust:{self.trust_id}", "network": "network"}
        return [shared[self.audience], *(f"user:{one.pk}" for one in self.holders.all())]

    # Its verbs

    @classmethod
    @transaction.atomic
    def begin(
        cls,
        *,
        by: User,
        service: Service,
        topics: Iterable[Topic] = (),
        together_with: Iterable[User] = (),
        conversation: Conversation | None = None,
        **said: Any,
    ) -> Insight:
        """Begin to write it down; nobody but its holders sees it before it is shared. ``said``: any of FIELDS."""
        insight = cls.objects.create(
            trust=service.trust,
            service=service,
            began_at=clock.now(),
            began_by=by,
            conversation=conversation,
            **_about(said),
        )
        insight.holders.add(by, *together_with)
        insight.topics.set(topics)
        Event.record(by=by, verb="began_insight", subject=insight, trust=insight.trust)
        return insight

    @transaction.atomic
    def edit(self, *, by: User, seen: int, topics: Iterable[Topic] | None = None, **said: Any) -> None:
        """Write in it. ``seen``: how often it had been saved when they began; Conflict if a holder was quicker.
        ``topics``: None leaves them as they are. Of what is shared this says, too, that it is true as it reads."""
        differed, open_to = self.differs_from(), (self.audience, self.service_id)
        row = Insight.objects.filter(pk=self.pk, saves=seen).exclude(state=self.State.WITHDRAWN)
        true = {"still_true_on": clock.today(), "asked_on": None} if self.state == self.State.SHARED else {}
        if not row.update(saves=seen + 1, **true, **_about(said)):
            raise Conflict("Somebody who holds this, too, was writing at the same time.")
        self.refresh_from_db()
        if topics is not None:
            self.topics.set(topics)
        Event.record(by=by, verb="edited_insight", subject=self, trust=self.trust)
        if self.state == self.State.SHARED and self.differs_from() != differed:
            self._tell_whose_guidance_differs(by=by)
        if self.state == self.State.SHARED and (self.audience, self.service_id) != open_to:
            knock_on.tell("insight_open_to_others", self, by=by)
        self.make_findable()

    @transaction.atomic
    def share(self, *, by: User) -> None:
        """Let others read it. The owner of guidance that it differs from is told."""
        if not all(getattr(self, name).strip() for name in ("title", "situation", "practice", "why")):
            raise Conflict("Say first what it is about, what you do and why it works.")
        said = {"shared_at": clock.now(), "shared_by": by, "still_true_on": clock.today()}
        self._move(self.State.DRAFT, to=self.State.SHARED, **said)
        Event.record(by=by, verb="shared_insight", subject=self, trust=self.trust)
        self._tell_whose_guidance_differs(by=by)
        self.make_findable()

    def differs_from(self) -> int | None:
        """The guidance that it differs from, by its key."""
        return self.guidance_id if self.relation == self.Relation.CONTRADICTS else None

    def _tell_whose_guidance_differs(self, *, by: User) -> None:
        """The owner of guidance that it differs from is told, or the deputy where the owner has left; one who may not
        read it is told whom to ask."""
        if not self.differs_from() or self.guidance is None:
            return
        owner, deputy = self.guidance.owner, self.guidance.deputy
        told = owner if owner.is_active or deputy is None else deputy
        words = f"{by.name} found otherwise than {self.guidance.title}"
        if told == by:
            return
        if self.is_open_to(told):
            words, url = f"{words}: {self.title}", self.get_absolute_url()
        else:
            words = f"{words}, and told {self.service} only. Ask {by.name}"
            url = self.guidance.get_absolute_url()
        Notice.send(told, words=words, why="You own the guidance.", url=url)

    @transaction.atomic
    def hand_on(self, *, by: User, to: User, instead: bool = True) -> None:
        """Give it to a colleague, who holds it from now on: ``instead`` of whoever gives it, or together with all who
        hold it."""
        now = Insight.objects.select_for_update().get(pk=self.pk)  # two who hand it on come one after the other
        held = set(now.holders.values_list("pk", flat=True))
        if now.state == self.State.WITHDRAWN:
            raise Conflict("It is withdrawn, so there is nothing to hand on.")
        if to.trust_id != self.trust_id or not to.is_active:
            raise Conflict(f"{to} is not here, so it can't be theirs.")
        if to.pk in held:
            raise Conflict(f"{to} holds it already.")
        if instead and by.pk not in held:
            raise Conflict("You don't hold it any more: it is handed on already.")
        self.holders.add(to)
        if instead:
            self.holders.remove(by)
        Event.record(by=by, verb="handed_on_insight", subject=self, trust=self.trust, to=to.name, instead=instead)
        words = f"{by.name} {'handed on to you' if instead else 'made you a holder of'} “{self}”"
        Notice.send(to, words=words, why="You may change it, hand it on or withdraw it.", url=self.get_absolute_url())
        self.make_findable()

    @transaction.atomic
    def say_still_true(self, *, by: User) -> None:
        """Say that it still holds; its holders are asked again in a year."""
        row = Insight.objects.filter(pk=self.pk, state=self.State.SHARED)
        if not row.update(still_true_on=clock.today(), asked_on=None):
            raise Conflict("It is not shared, so nobody relies on it.")
        self.refresh_from_db()
        Event.record(by=by, verb="said_still_true", subject=self, trust=self.trust)
        self.make_findable()

    @transaction.atomic
    def ask_whether_true(self) -> None:
        """Ask its holders whether it is still true, once a year; by the clock. Where all of them have left, whoever
        leads its service is asked to find it a new holder."""
        if not Insight.objects.to_ask_about().filter(pk=self.pk).update(asked_on=clock.today()):
            return
        Event.record(by=None, verb="asked_whether_true", subject=self, trust=self.trust)
        words, why = f"Is it still true? “{self.title}”", "You shared it a year ago or more, or said then that it was."
        here = [one for one in self.holders.all() if one.is_active]
        if not here:
            here = [one for one in User.objects.leading(self.service, trust=self.trust) if self.is_open_to(one)]
            words, why = f"{words} Its holders have left: find it a new one.", "You lead its service."
        for person in here:
            Notice.send(person, words=words, why=why, url=self.get_absolute_url())

    @transaction.atomic
    def withdraw(self, *, by: User, why: str) -> None:
        """Nobody but its holders sees it any more."""
        self._move(
            self.State.SHARED, to=self.State.WITHDRAWN, withdrawn_at=clock.now(), withdrawn_by=by, withdrawn_why=why
        )
        Event.record(by=by, verb="withdrew_insight", subject=self, trust=self.trust)
        knock_on.tell("insight_withdrawn", self, by=by)
        self.make_findable()

    @transaction.atomic
    def thank(self, *, by: User, how: str) -> Thanks:
        """ "This helped me", once from each colleague, with a word on how. Its holders are told."""
        if self.is_held_by(by):
            raise Conflict("It is your own.")
        if not Insight.objects.shared().filter(pk=self.pk).exists():
            raise Conflict("It is not shared any more.")
        said, new = self.thanks.get_or_create(by=by, defaults={"at": clock.now(), "how": how})
        if not new:
            raise Conflict("You have said already that it helped you.")
        Event.record(by=by, verb="thanked", subject=self, trust=self.trust)
        for holder in self.holders.all():
            words = f"{by.name} was helped by “{self.title}”: {how}"
            Notice.send(holder, words=words, why="You shared it.", url=self.get_absolute_url())
        return said

    # Being found

    def make_findable(self) -> None:
        """Tell search what this is now: what is not shared is not found."""
        SearchEntry.put([self._search_entry()])

    def _search_entry(self) -> dict[str, Any]:
        if self.state != self.State.SHARED or self.shared_at is None:
            return {"kind": "insight", "subject_id": self.pk, "gone": True}
        return {
            "kind": "insight",
            "subject_id": self.pk,
            "trust_id": self.trust_id,
            "service_id": self.service_id,
            "title": self.title,
            "text": "\n".join(filter(None, (self.situation, self.practice, self.why, self.when_not))),
            "url": self.get_absolute_url(),
            "topics": sorted(topic.name for topic in self.topics.all()),
            "audience": self.audience_tokens(),
            "published_on": self.shared_at.date(),
            "last_reviewed": self.still_true_on,
        }

    def _move(self, source: str, *, to: str, **fields: Any) -> None:
        if not Insight.objects.filter(pk=self.pk, state=source).update(state=to, **fields):
            now = Insight.objects.get(pk=self.pk)
            raise Conflict(f"That can't be done now: it is {now.get_state_display().lower()}.")
        self.refresh_from_db()


class Thanks(models.Model):
    """That somebody was helped by an insight, and how."""

    insight = models.ForeignKey(Insight, models.PROTECT, related_name="thanks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    how = models.TextField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["insight", "by"], name="one_thanks_for_an_insight_once"),
            models.CheckConstraint(condition=~Q(how=""), name="thanks_say_how_it_helped"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="nobody_thanks_themselves",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (SELECT 1 FROM knowledge_insight_holders h
                               WHERE h.insight_id = NEW.insight_id AND h.user_id = NEW.by_id) THEN
                        RAISE EXCEPTION 'nobody thanks themselves' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.how[:80]


def _about(said: dict[str, Any]) -> dict[str, Any]:
    """Without guidance there is nothing that it relates to, and no statement."""
    if "guidance" in said and said["guidance"] is None:
        return {**said, "statement": None, "relation": ""}
    return said
