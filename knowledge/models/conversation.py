"""Conversations: a question to a colleague or a community, what was answered, and what the two learned of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from knowledge.models.community import Community
from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from knowledge.models.insight import Insight
from knowledge.models.said import Message
from knowledge.models.statement import Statement
from knowledge.models.topic import Topic
from nhs_learning.people.models import Notice, Service, Trust, User
from nhs_learning.people.reach import AnyReach, Reach
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry

#: How many working days somebody who was asked has, before the next person is offered.
ANSWERED_WITHIN = 5


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User | AnonymousUser) -> ConversationQuerySet:
        """Those in it; of a community, its members; and once closed, the trust, where it was asked to be open."""
        return self.within(user.reach) if isinstance(user, User) and user.is_active else self.none()

    def within(self, reach: Reach | AnyReach) -> ConversationQuerySet:
        """The same for somebody of this reach, so that the question can be put into SQL once for all readers."""
        opened = Q(state=Conversation.State.CLOSED, opened=True, trust=reach.trust_id)
        theirs = Q(asker=reach.user_id) | Q(answerer=reach.user_id)
        return self.filter(theirs | opened | Q(community__in=Community.objects.joined(reach).values("pk")))

    def of(self, user: User) -> ConversationQuerySet:
        """Those that the person asked or was asked."""
        return self.filter(Q(asker=user) | Q(answerer=user))

    def waiting_for(self, user: User) -> ConversationQuerySet:
        """What the person was asked and has not answered, the oldest first."""
        waiting = self.filter(answerer=user, state__in=UNANSWERED)
        return waiting.order_by("asked_at")

    def to_do_for(self, user: User) -> ConversationQuerySet:
        """What waits for the person: to answer, or, since it was answered, to read; the oldest first."""
        return (self.waiting_for(user) | self.answered_for(user)).order_by("asked_at")

    def asked_by(self, user: User) -> ConversationQuerySet:
        """What the person asked: what was answered, and is to be read, first; then the latest."""
        answered = models.Case(models.When(state=Conversation.State.ANSWERED, then=0), default=1)
        return self.filter(asker=user).order_by(answered, "-asked_at")

    def for_the_taking(self, user: User) -> ConversationQuerySet:
        """Questions to the person's communities that nobody has taken yet, the oldest first."""
        theirs = Community.objects.of(user).values("pk")
        free = self.filter(community__in=theirs, answerer=None, state=Conversation.State.ASKED)
        return free.exclude(asker=user).order_by("asked_at")

    def answered_for(self, user: User) -> ConversationQuerySet:
        """What the person asked and has been answered: to read, and to close."""
        return self.filter(asker=user, state=Conversation.State.ANSWERED).order_by("answered_at")

    def late(self) -> ConversationQuerySet:
        """Nobody has answered within five working days, and the asker has not been told."""
        return self.filter(state__in=UNANSWERED, answer_by__lt=clock.today(), late_told=False)

    def open_to_all(self) -> ConversationQuerySet:
        """Closed, and open to the trust."""
        return self.filter(state=Conversation.State.CLOSED, opened=True)


class Conversation(models.Model):
    """A question that one person asks a colleague (``answerer``) or a community, one of whose members takes it.

    ``opened``: once it is closed, the whole trust may read it. That is said when it is asked, so that whoever answers
    knows it before they do; either of the two can keep it between them at any time, and nobody opens it again.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        ACCEPTED = "accepted", "Will be answered"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"
        WITHDRAWN = "withdrawn", "Taken back"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="conversations")
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="asked")
    answerer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="was_asked"
    )
    community = models.ForeignKey(Community, models.PROTECT, null=True, blank=True, related_name="conversations")
    question = models.CharField(max_length=150)
    detail = models.TextField(blank=True)
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="conversations")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, blank=True, related_name="conversations")
    insight = models.ForeignKey(Insight, models.PROTECT, null=True, blank=True, related_name="asked_about")
    topics = models.ManyToManyField(Topic, blank=True, related_name="conversations")
    opened = models.BooleanField("the trust may read it once it is closed", default=False)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    answer_by = models.DateField()
    late_told = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ConversationQuerySet.as_manager()
    messages: Any
    lessons: Any
    askings: Any
    topic_ids: list[int]  # where a page asks for them with it

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answerer__isnull=False) | Q(community__isnull=False), name="a_question_is_put_to_somebody"
            ),
            models.CheckConstraint(condition=~Q(question=""), name="a_conversation_begins_with_a_question"),
            models.CheckConstraint(
                condition=Q(answerer=None) | ~Q(asker=models.F("answerer")), name="a_question_is_not_put_to_oneself"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="a_question_is_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=(
                    Q(answered_at=None, answered_by=None) | Q(answered_at__isnull=False, answered_by__isnull=False)
                )
                & (~Q(state="answered") | Q(answered_at__isnull=False)),
                name="a_question_is_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False))
                & (~Q(state="closed") | Q(closed_at__isnull=False)),
                name="a_conversation_is_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.pk])

    @property
    def is_unanswered(self) -> bool:
        return self.state in UNANSWERED

    @property
    def is_late(self) -> bool:
        return self.is_unanswered and self.answer_by < clock.today()

    @property
    def answerer_is_gone(self) -> bool:
        """Is whoever was asked away, or not of the trust any more?"""
        one = self.answerer
        return one is not None and (one.is_away or not one.is_active or one.trust_id != self.trust_id)

    @property
    def stands(self) -> str:
        """How it stands, in words that begin a sentence or go on with one."""
        who = self.answerer.name if self.answerer else str(self.community)
        said = {
            self.State.ASKED: f"{who} is asked",
            self.State.ACCEPTED: f"{who} will answer it",
            self.State.ANSWERED: f"{who} has answered it",
            self.State.CLOSED: "it is closed",
            self.State.WITHDRAWN: f"{self.asker.name} has taken it back",
        }
        return said[self.State(self.state)]

    def includes(self, user: User | AnonymousUser) -> bool:
        """Is it the person's own: did they ask, or were they asked?"""
        return user.pk is not None and user.pk in (self.asker_id, self.answerer_id)

    def other(self, user: User) -> User | None:
        """Whom this person talks to in it."""
        return self.answerer if user.pk == self.asker_id else self.asker

    # Its verbs

    @classmethod
    @transaction.atomic
    def ask(
        cls,
        *,
        by: User,
        question: str,
        to: User | None = None,
        community: Community | None = None,
        topics: Iterable[Topic] = (),
        **about: Any,
    ) -> Conversation:
        """Ask a colleague or a community. ``about``: detail, guidance, statement, insight, opened."""
        if to is not None and (to.trust_id != by.trust_id or not to.is_active):
            raise Conflict(f"{to} is not here any more. Ask somebody else.")
        if to == by:
            raise Conflict("That is you.")
        if community is not None and (community.trust_id != by.trust_id or community.ended_at is not None):
            raise Conflict(f"{community} has ended. Ask somebody else.")
        asked = cls.objects.create(
            trust=by.trust,
            asker=by,
            answerer=to,
            community=community,
            question=question,
            answer_by=_answer_by(),
            asked_at=clock.now(),
            asked_by=by,
            **about,
        )
        asked.topics.set(topics)
        Event.record(by=by, verb="asked", subject=asked, trust=asked.trust)
        if to is not None:
            asked._ask(to, by=by)
            asked._tell(to, f"{by.name} asks you: {question}", why="You are the one they chose to ask.")
        elif community is not None:
            for member in (one for one in community.people() if one != by):
                asked._tell(member, f"{by.name} asks {community}: {question}", why="You are a member.")
        return asked

    @transaction.atomic
    def accept(self, *, by: User) -> None:
        """Say that one will answer. A question to a community is taken by whoever says so first."""
        taken = self.answerer is None
        row = self._as_it_was(self.State.ASKED).filter(Q(answerer=by) | Q(answerer=None))
        said = {"answerer": by, "accepted_at": clock.now(), "accepted_by": by}
        self._move(row, self.State.ACCEPTED, **said)
        if taken:
            self._ask(by, by=by)
        Event.record(by=by, verb="accepted_question", subject=self, trust=self.trust)
        self._tell(self.asker, f"{by.name} will answer: {self.question}", why="You asked.")

    @transaction.atomic
    def pass_on(self, *, by: User, to: User, why: str) -> None:
        """Suggest somebody else, who is asked in one's place; they alone see what is said from then on."""
        self._put_to(to, self._as_it_was(*UNANSWERED).filter(answerer=by), by=by, why=why)
        Event.record(by=by, verb="passed_question_on", subject=self, trust=self.trust, to=to.name)
        self._tell(to, f"{by.name} suggests that you answer {self.asker.name}: {self.question}", why="They know you.")
        self._tell(self.asker, f"{by.name} suggests {to.name} for your question: {why}", why="You asked.")

    @transaction.atomic
    def ask_next(self, *, by: User, to: User) -> None:
        """Ask somebody else, since nobody has answered yet. Whoever was asked before is told."""
        before = self.answerer
        self._put_to(to, self._as_it_was(*UNANSWERED).filter(asker=by, answerer=before), by=by)
        Event.record(by=by, verb="asked_somebody_else", subject=self, trust=self.trust, to=to.name)
        self._tell(to, f"{by.name} asks you: {self.question}", why="You are the one they chose to ask.")
        if before is not None:
            words = f"{by.name} asks somebody else now, so you need not answer: {self.question}"
            Notice.send(before, words=words, why="You were asked.", url=reverse("conversations"))

    def _put_to(self, to: User, row: ConversationQuerySet, *, by: User, why: str = "") -> None:
        """Let somebody be asked in place of whoever was; ``why`` that one suggests them."""
        if to.trust_id != self.trust_id or not to.is_active:
            raise Conflict(f"{to} is not here any more. Ask somebody else.")
        if to.pk == self.asker_id:
            raise Conflict(f"{to} is the one who asks.")
        if self.askings.filter(who=to).exists():
            raise Conflict(f"{to} was asked already. Ask somebody else.")
        before = self.answerer
        afresh = {"answer_by": _answer_by(), "late_told": False, "accepted_at": None, "accepted_by": None}
        self._move(row, self.State.ASKED, answerer=to, **afresh)
        self.askings.filter(who=before).update(left_on=clock.today(), why=why)
        self._ask(to, by=by)

    @transaction.atomic
    def say(self, *, by: User, text: str) -> Message:
        """Say something in it. The first word of whoever was asked is the answer, and accepts the question as well; so
        is that of a member who answers what nobody of the community has taken yet."""
        now = Conversation.objects.select_for_update().get(pk=self.pk)
        takes = now.answerer_id is None and now.asker_id != by.pk
        if now.state in (self.State.CLOSED, self.State.WITHDRAWN) or not (takes or now.includes(by)):
            raise now._conflict()
        message = self.messages.create(by=by, at=clock.now(), text=text)
        if now.is_unanswered and by.pk != now.asker_id:
            now._be_answered(by=by)
        Event.record(by=by, verb="said", subject=self, trust=self.trust)
        self.refresh_from_db()
        other = self.other(by)
        if other is not None:
            verb = "answered" if by.pk == self.answerer_id else "wrote about"
            self._tell(other, f"{by.name} {verb}: {self.question}", why="It is your conversation.")
        return message

    def _be_answered(self, *, by: User) -> None:
        if self.answerer is None:
            self._ask(by, by=by)
        accepted = {"accepted_at": self.accepted_at or clock.now(), "accepted_by": self.accepted_by or by}
        row = Conversation.objects.filter(pk=self.pk)
        self._move(row, self.State.ANSWERED, answerer=by, answered_at=clock.now(), answered_by=by, **accepted)

    @transaction.atomic
    def close(self, *, by: User) -> None:
        """Close it, when it is answered. The two are asked what was learned."""
        row = self._as_it_was(self.State.ANSWERED)
        self._move(row, self.State.CLOSED, closed_at=clock.now(), closed_by=by)
        Event.record(by=by, verb="closed_conversation", subject=self, trust=self.trust)
        other = self.other(by)
        if other is not None:
            self._tell(other, f"What did you learn of it? {self.question}", why=f"{by.name} closed the conversation.")
        self.make_findable()

    @transaction.atomic
    def withdraw(self, *, by: User) -> None:
        """Take a question back that nobody has answered."""
        self._move(self._as_it_was(*UNANSWERED).filter(asker=by), self.State.WITHDRAWN)
        Event.record(by=by, verb="took_question_back", subject=self, trust=self.trust)
        if self.answerer is not None:
            self._tell(self.answerer, f"{by.name} took a question back: {self.question}", why="You were asked.")

    @transaction.atomic
    def learn(self, *, by: User, text: str) -> None:
        """Say what one learned of it; again says it anew."""
        if self.state != self.State.CLOSED:
            raise Conflict("Close it first.")
        self.lessons.update_or_create(by=by, defaults={"at": clock.now(), "text": text})
        Event.record(by=by, verb="learned", subject=self, trust=self.trust)
        self.make_findable()

    @transaction.atomic
    def keep_between_them(self, *, by: User) -> None:
        """The trust is not to read it, whatever was said when it was asked; of a community, its members still do. Twice
        is once."""
        if Conversation.objects.filter(pk=self.pk, opened=True).update(opened=False):
            Event.record(by=by, verb="kept_between_them", subject=self, trust=self.trust)
        self.refresh_from_db()
        self.make_findable()

    @transaction.atomic
    def make_insight(self, *, by: User, service: Service) -> Insight:
        """Begin an insight of it that both hold, with what was said, for the two to put into words. Twice is once."""
        Conversation.objects.select_for_update().get(pk=self.pk)
        if (there := self.insights.first()) is not None:
            return there
        if self.answerer is None or self.state not in (self.State.ANSWERED, self.State.CLOSED):
            raise Conflict("It has to be answered first.")
        about = {"guidance": self.guidance, "statement": self.statement, "relation": Insight.Relation.GREW_FROM}
        insight = Insight.begin(
            by=by,
            service=service,
            topics=self.topics.all(),
            together_with=[one for one in (self.asker, self.answerer) if one != by],
            conversation=self,
            title=self.question,
            situation=self.detail,
            practice="\n\n".join(self.messages.filter(by=self.answerer).values_list("text", flat=True)),
            **(about if self.guidance else {}),
        )
        other = self.other(by)
        if other is not None:
            words = f"{by.name} began to write down what you two found: {self.question}"
            Notice.send(other, words=words, why="You hold it together.", url=insight.get_absolute_url())
        return insight

    @transaction.atomic
    def offer_next(self, *, name: str = "somebody else") -> None:
        """Nobody has answered in five working days: the asker is told, and can ask the next, of that ``name``; by the
        clock."""
        if not Conversation.objects.late().filter(pk=self.pk).update(late_told=True):
            return
        self._tell(self.asker, f"No answer yet. Ask {name}? {self.question}", why="It is five working days.")
        if self.answerer is not None:
            words = f"{self.asker.name} still waits for you: {self.question}"
            self._tell(self.answerer, words, why="You were asked five working days ago.")

    # How it moves

    def _as_it_was(self, *states: str) -> ConversationQuerySet:
        return Conversation.objects.filter(pk=self.pk, state__in=states)

    def _move(self, row: ConversationQuerySet, to: str, **fields: Any) -> None:
        moved = row.update(state=to, **fields)
        self.refresh_from_db()
        if not moved:
            raise self._conflict()

    def _conflict(self) -> Conflict:
        return Conflict(f"Somebody was quicker: {self.stands}.")

    def _ask(self, person: User, *, by: User) -> None:
        self.askings.get_or_create(who=person, defaults={"on": clock.today(), "suggested_by": by})

    def _tell(self, person: User, words: str, *, why: str) -> None:
        Notice.send(person, words=words, why=why, url=self.get_absolute_url())

    # Being found

    def make_findable(self) -> None:
        """Tell search what this is now: it is found once it is closed, by those who may read it."""
        SearchEntry.put([self._search_entry()])

    def _search_entry(self) -> dict[str, Any]:
        if self.state != self.State.CLOSED or self.closed_at is None:
            return {"kind": "conversation", "subject_id": self.pk, "gone": True}
        said = [
            self.detail,
            *self.messages.values_list("text", flat=True),
            *self.lessons.values_list("text", flat=True),
        ]
        return {
            "kind": "conversation",
            "subject_id": self.pk,
            "trust_id": self.trust_id,
            "title": self.question,
            "text": "\n".join(filter(None, said)),
            "url": self.get_absolute_url(),
            "topics": sorted(topic.name for topic in self.topics.all()),
            "audience": self.audience_tokens(),
            "published_on": self.closed_at.date(),
        }

    def audience_tokens(self) -> list[str]:
        """The tokens of which a reader must hold one (see people.reach). Who joins its community later finds it through
        the community's page."""
        tokens = [f"user:{pk}" for pk in (self.asker_id, self.answerer_id) if pk]
        return [f"trust:{self.trust_id}", *tokens] if self.opened else tokens


#: Nobody has said anything in these.
UNANSWERED = (Conversation.State.ASKED, Conversation.State.ACCEPTED)


def _answer_by() -> Any:
    return clock.working_days_from(clock.today(), ANSWERED_WITHIN)
