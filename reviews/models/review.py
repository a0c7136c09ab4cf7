"""Learning reviews: what set one off, who is in it, what they answered and found, and what they learned of learning."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from knowledge.models import Conflict, Guidance, Topic
from knowledge.models.edition import canonical
from nhs_learning.people.models import Notice, Service, Trust, User
from nhs_learning.people.roles import LEAD
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews.models import keeping, rules
from reviews.models.series import Series
from routines.models import Pattern, Routine, RoutineRevision, Step

#: The learning routine by which a suggested change is decided without a meeting.
DESK = "desk-review"
#: Within this time, saves of an answer by the same person count as one deed.
ONE_SITTING = datetime.timedelta(minutes=10)


def mark(text: str) -> str:
    """Tells one text from another, however long: what a form sends back of what it began with."""
    return hashlib.sha256(canonical(text).encode()).hexdigest()[:8]


class ReviewQuerySet(models.QuerySet["Review"]):
    def of(self, trust: Trust | None) -> ReviewQuerySet:
        return self.filter(trust=trust)

    def open(self) -> ReviewQuerySet:
        return self.filter(state=Review.State.OPEN)

    def visible_to(self, user: Any) -> ReviewQuerySet:
        """Need to know: those in it; unless it is for participants only, whoever leads the service; and once it is
        closed, the service or the trust, as it says."""
        if not user.is_authenticated or user.trust_id is None:
            return self.none()
        wide = ~Q(confidentiality=Review.Confidentiality.PARTICIPANTS)
        in_it = Q(facilitator=user) | Q(pk__in=Review.participants.through.objects.filter(user=user).values("review"))
        theirs = Q(opened_by=user) & wide
        closed = Q(state=Review.State.CLOSED) & (
            Q(confidentiality=Review.Confidentiality.TRUST)
            | Q(confidentiality=Review.Confidentiality.SERVICE, service__in=user.reach.near())
        )
        led = wide & Q(service__in=user.reach.services(LEAD))
        return self.filter(in_it | theirs | closed | led, trust=user.trust_id)


class Review(models.Model):
    """One learning review. Its method is an edition of a learning routine, whose prompts are its form; it keeps the
    edition that it began with."""

    class Trigger(models.TextChoices):
        INCIDENT = "incident", "Incident"
        NEAR_MISS = "near_miss", "Near miss"
        EXCELLENCE = "excellence", "Excellence"
        AUDIT = "audit", "Audit"
        COMPLAINT = "complaint", "Complaint"
        NATIONAL_GUIDANCE = "national_guidance", "New national guidance"
        INNOVATION = "innovation", "Innovation"
        RECURRENCE = "recurrence", "It keeps happening"
        PATTERN_OF_USE = "pattern_of_use", "How guidance is used"
        CULTURE = "culture", "Culture"
        SUGGESTION = "suggestion", "Somebody's suggestion"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    class Confidentiality(models.TextChoices):
        PARTICIPANTS = "participants", "Only those in it, also afterwards"
        SERVICE = "service", "The service, once it is closed"
        TRUST = "trust", "The trust, once it is closed"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="reviews")
    reference = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=250)
    trigger = models.CharField(max_length=20, choices=Trigger)
    theme = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="reviews")
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="reviews")
    routine = models.ForeignKey(Routine, models.PROTECT, null=True, blank=True, related_name="reviews")
    #: What was noticed in how guidance or the routine is used, that the review looks into.
    pattern = models.OneToOneField(Pattern, models.PROTECT, null=True, blank=True, related_name="review")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="reviews")
    method = models.ForeignKey(RoutineRevision, models.PROTECT, related_name="reviews")
    outside_reference = models.CharField("LFPSE or audit reference", max_length=60, blank=True)
    facilitator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="facilitates"
    )
    participants = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="takes_part_in", blank=True)
    confidentiality = models.CharField(max_length=12, choices=Confidentiality, default=Confidentiality.TRUST)
    desk = models.BooleanField(default=False)  # closes itself when its change is decided
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    learning = models.TextField("what helped or hindered our learning here", blank=True)
    share_with = models.TextField("who else should know", blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(guidance=None) | Q(routine=None), name="a_review_has_one_subject_at_the_most"
            ),
            models.CheckConstraint(
                condition=Q(desk=True) | Q(facilitator__isnull=False),
                name="a_review_but_a_desk_review_has_a_facilitator",
            ),
            models.CheckConstraint(
                condition=Q(desk=False) | ~Q(confidentiality="participants"),
                name="a_desk_review_is_never_for_participants_only",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, closed_by=None)
                | Q(state="closed", closed_at__isnull=False, closed_by__isnull=False),
                name="a_closed_review_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(desk=True) | ~Q(learning="") & ~Q(share_with=""),
                name="a_closed_review_has_answered_the_learning_question",
            ),
        ]
        triggers = [
            rules.closed_reviews_have_no_undecided_change,
            keeping.review_stays_what_it_is,
            keeping.review_in_one_trust,
            keeping.closed_reviews_stay,
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("review", args=[self.reference])

    @property
    def subject(self) -> Guidance | Routine | None:
        return self.guidance or self.routine

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def is_in_it(self, user: User) -> bool:
        if self.facilitator_id == user.pk:
            return True
        if "participants" in getattr(self, "_prefetched_objects_cache", {}):
            return user in self.participants.all()
        return self.participants.filter(pk=user.pk).exists()

    # Its verbs

    @classmethod
    @transaction.atomic
    def begin(
        cls, *, by: User, method: RoutineRevision, title: str, trigger: str, participants: Any = (), **details: Any
    ) -> Review:
        """Open a review by a method (the edition in force of a learning routine). ``details``: theme, guidance or
        routine, service, outside_reference, facilitator (None in a desk review), confidentiality; pattern, which is
        taken up by it: Conflict where somebody was quicker."""
        trust = method.routine.trust
        if pattern := details.get("pattern"):
            pattern.take_up(by=by)
        review = cls.objects.create(
            trust=trust,
            reference=Series.draw(trust),
            title=title,
            trigger=trigger,
            method=method,
            desk=method.routine.slug == DESK,
            opened_at=clock.now(),
            opened_by=by,
            **details,
        )
        review.participants.set(participants)
        Event.record(by=by, verb="opened_review", subject=review, trust=trust, title=title, trigger=trigger)
        for person in participants:
            review._tell(person, by=by, why="You take part in it.")
        if review.facilitator:
            review._tell(review.facilitator, by=by, why="You facilitate it.")
        return review

    @transaction.atomic
    def describe(self, *, by: User, **details: Any) -> None:
        """Change what is known of an open review: title, trigger, theme, subject, service, facilitator, …"""
        self._while_open(**details)
        Event.record(by=by, verb="described_review", subject=self, trust=self.trust, parts=sorted(details))

    @transaction.atomic
    def include(self, person: User, *, by: User) -> None:
        """Have somebody take part. Twice is once."""
        self._while_open()
        if self.participants.filter(pk=person.pk).exists():
            return
        self.participants.add(person)
        Event.record(by=by, verb="included", subject=self, trust=self.trust, person=person.name)
        self._tell(person, by=by, why="You take part in it.")

    @transaction.atomic
    def remove(self, person: User, *, by: User) -> None:
        """Somebody no longer takes part, and sees the review no longer than others do, nor is told of it."""
        self._while_open()
        self.participants.remove(person)
        if not Review.objects.visible_to(person).filter(pk=self.pk).exists():
            Notice.objects.filter(to=person, url=self.get_absolute_url()).delete()
        Event.record(by=by, verb="removed", subject=self, trust=self.trust, person=person.name)

    @transaction.atomic
    def hand_over(self, *, by: User, to: User) -> None:
        """Give it another facilitator. The former one takes part from now on, since they know it anyway."""
        former = self.facilitator
        if former == to:
            return
        self._while_open(facilitator=to)
        self.participants.remove(to)
        if former:
            self.participants.add(former)
        Event.record(by=by, verb="handed_review_over", subject=self, trust=self.trust, facilitator=to.name)
        self._tell(to, by=by, why="You facilitate it.")

    @transaction.atomic
    def answer(self, *, by: User, step: Step, text: str, seen: int = 0) -> Answer:
        """Answer one prompt. ``seen`` is the count of saves that the person's form began with (0: none yet); another
        count by now means that somebody else saved this answer in between, which is a Conflict."""
        self._while_open()
        now = clock.now()
        before = Answer.objects.filter(review=self, step=step).first()
        if seen == 0:
            answer, new = Answer.objects.get_or_create(
                review=self,
                step=step,
                defaults={"prompt": step.prompt, "text": text, "at": now, "by": by, "saves": 1},
            )
        else:
            row = Answer.objects.filter(review=self, step=step, saves=seen)
            new = bool(row.update(text=text, at=now, by=by, saves=F("saves") + 1))
            answer = Answer.objects.get(review=self, step=step)
        if not new and answer.text != text:
            raise Conflict(f"{answer.by.name} saved this answer while you were writing.")
        if new and not (before and before.is_still_being_written(by)):
            Event.record(by=by, verb="answered", subject=self, trust=self.trust, prompt=step.prompt)
        return answer

    @transaction.atomic
    def find(self, *, by: User, what: str, factor: str) -> Finding:
        """Write down an area for improvement, with the part of the work system that it lies in."""
        self._while_open()
        finding = Finding.objects.create(review=self, what=what, factor=factor, at=clock.now(), by=by)
        Event.record(by=by, verb="found", subject=self, trust=self.trust, factor=factor)
        return finding

    @transaction.atomic
    def reflect(self, *, by: User, learning: str, share_with: str, seen: str) -> None:
        """Put down, before it is closed, what helped or hindered the learning and who else should know. ``seen`` is the
        ``reflection`` that the person's form began with; another one by now is a Conflict."""
        held = Review.objects.select_for_update().get(pk=self.pk)
        if (held.learning, held.share_with) == (learning, share_with):
            return
        if held.reflection != seen:
            raise Conflict("Somebody else wrote about your learning while you were writing.")
        self._while_open(learning=learning, share_with=share_with)
        Event.record(by=by, verb="reflected", subject=self, trust=self.trust)

    @property
    def reflection(self) -> str:
        """Tells one state of what it says of its learning from another."""
        return mark(f"{self.learning}\n\n{self.share_with}")

    def undecided(self) -> list[Any]:
        """Its changes that are not decided yet, or not settled."""
        return [change for change in self.changes.all() if change.is_undecided]

    @transaction.atomic
    def close(self, *, by: User, learning: str = "", share_with: str = "") -> None:
        """Close it: every change decided, and (but in a desk review) both halves of the learning question answered.
        Every action has an owner as it is. Raises Conflict with what is missing."""
        Review.objects.select_for_update().get(pk=self.pk)  # no change is begun in it meanwhile
        if waiting := self.undecided():
            names = ", ".join(change.reference for change in waiting)
            raise Conflict(f"It can't be closed yet: {names} {'is' if len(waiting) == 1 else 'are'} not decided.")
        if not self.desk and not learning.strip():
            raise Conflict("Say first what helped or hindered your learning here.")
        if not self.desk and not share_with.strip():
            raise Conflict("Say first who else should know, or that nobody needs to.")
        self._while_open(
            state=self.State.CLOSED, closed_at=clock.now(), closed_by=by, learning=learning, share_with=share_with
        )
        Event.record(by=by, verb="closed_review", subject=self, trust=self.trust)

    @transaction.atomic
    def reopen(self, *, by: User | None) -> bool:
        """One of its changes is undecided again, so the review is not closed any more. False: it was open."""
        closed = Review.objects.filter(pk=self.pk, state=self.State.CLOSED)
        if not closed.update(state=self.State.OPEN, closed_at=None, closed_by=None):
            return False
        self.refresh_from_db()
        Event.record(by=by, verb="reopened_review", subject=self, trust=self.trust)
        return True

    def _tell(self, person: User, *, by: User, why: str) -> None:
        if person != by:
            words = f"{self.reference}: {self.title}"
            Notice.send(person, words=words, why=why, url=self.get_absolute_url())

    def stays_open(self) -> bool:
        """Is it open, and will it be until the transaction ends?"""
        return Review.objects.select_for_update().filter(pk=self.pk, state=self.State.OPEN).exists()

    def _while_open(self, **fields: Any) -> None:
        """One guarded UPDATE; no row means that the review was closed meanwhile."""
        row = Review.objects.select_for_update().filter(pk=self.pk, state=self.State.OPEN)
        if not (row.update(**fields) if fields else row.exists()):
            raise Conflict("This review is closed, so it can no longer be changed.")
        for name, value in fields.items():
            setattr(self, name, value)


class Answer(models.Model):
    """What a review says to one prompt of its method. Keeps the prompt's words."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="answers")
    step = models.ForeignKey(Step, models.PROTECT, related_name="+")
    prompt = models.TextField()
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saves = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["step__position"]
        constraints = [
            models.UniqueConstraint(fields=["review", "step"], name="a_prompt_is_answered_once_in_a_review"),
        ]
        triggers = [keeping.answered_while_open]

    def __str__(self) -> str:
        return f"{self.prompt}: {self.text[:60]}"

    def is_still_being_written(self, person: User) -> bool:
        """Saves that follow each other as one person types are one deed on the timeline."""
        return self.by_id == person.pk and clock.now() - self.at < ONE_SITTING


class Finding(models.Model):
    """An area for improvement, and the part of the work system that it lies in (SEIPS)."""

    class Factor(models.TextChoices):
        PEOPLE = "people", "People"
        TASKS = "tasks", "Tasks"
        TOOLS = "tools", "Tools and technology"
        ORGANISATION = "organisation", "Organisation"
        INTERNAL = "internal", "Internal environment"
        EXTERNAL = "external", "External environment"

    review = models.ForeignKey(Review, models.CASCADE, related_name="findings")
    changes: Any
    actions: Any
    what = models.TextField()
    factor = models.CharField(max_length=14, choices=Factor)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        triggers = [keeping.found_while_open]

    def __str__(self) -> str:
        return self.what[:80]

    @property
    def mark(self) -> str:
        """Tells one wording of it from another."""
        return mark(f"{self.factor}\n\n{self.what}")

    @property
    def is_followed(self) -> bool:
        """Did a change or an action come of it? Then it stays as those who decided on that have read it."""
        return self.changes.exists() or self.actions.exists()

    @transaction.atomic
    def reword(self, *, by: User, what: str, factor: str, seen: str) -> None:
        """Say it better, or place it elsewhere in the work system. ``seen`` is the ``mark`` that the person's form
        began with; another one by now is a Conflict."""
        self._held()
        if (self.what, self.factor) == (what, factor):
            return
        self._see_that_it_was_read(seen)
        self.what, self.factor = what, factor
        self.save(update_fields=["what", "factor"])
        Event.record(by=by, verb="reworded_finding", subject=self.review, trust=self.review.trust, factor=factor)

    @transaction.atomic
    def take_out(self, *, by: User, seen: str) -> None:
        """Take it out of the review. Its words are not kept: they may be what should not have been written. ``seen``
        as in ``reword``."""
        self._held()
        self._see_that_it_was_read(seen)
        factor, _ = self.factor, self.delete()
        Event.record(by=by, verb="took_finding_out", subject=self.review, trust=self.review.trust, factor=factor)

    def _see_that_it_was_read(self, seen: str) -> None:
        if self.mark != seen:
            raise Conflict("Somebody else reworded this meanwhile.")

    def _held(self) -> None:
        """Read it as it is now, and have nothing come of it until the transaction ends."""
        self.review._while_open()
        try:
            self.refresh_from_db(fields=["what", "factor"])
        except Finding.DoesNotExist:
            raise Conflict("Somebody has taken this out of the review meanwhile.") from None
        if self.is_followed:
            raise Conflict("A change or an action came of this, so it stays as it is.")
