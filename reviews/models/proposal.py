"""What is known of a change: what it is about, the loop that it is, where it stands, and what can be asked of it."""

from __future__ import annotations

import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models
from django.urls import reverse

from knowledge import loops
from knowledge.comparing import Differences
from knowledge.models import Guidance, Revision
from nhs_learning.people.models import Notice, Service, Trust, User
from nhs_learning.people.roles import FACILITATE
from nhs_learning.record import clock
from reviews.models.decision import Decision
from reviews.models.review import Finding, Review
from routines.models import Routine, RoutineRevision

#: Working days within which a change should be decided.
WORKING_DAYS = {"wording": 10, "practice": 10, "safety": 3}
#: When a change in force is asked after: did it work?
CHECKED_AFTER = relativedelta(months=3)
#: For how long a claim holds, so that two people don't read the same.
CLAIMED_FOR = datetime.timedelta(hours=24)


class Proposal(models.Model):
    """One change to guidance or to a routine, by a draft of its next edition.

    ``loop`` is its author's choice, ``suggested_loop`` what follows from the parts that changed, ``settled_loop`` what
    was settled where an approver read it otherwise.
    """

    class State(models.TextChoices):
        DRAFTING = "drafting", "Being written"  # until it is first sent, only those who work on it see it
        PROPOSED = "proposed", "Waiting for a decision"  # nobody writes in it now
        APPROVED = "approved", "Approved, not in force yet"  # a reading is to be settled, or its day to come
        IN_FORCE = "in_force", "In force"  # what people follow now, or followed until the next edition
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn by its authors"

    class Outcome(models.TextChoices):
        ADOPTED = "adopted", "Adopted: it works, and stays"
        ADAPTED = "adapted", "Adapted: it needs another change"
        ABANDONED = "abandoned", "Abandoned: it did not work"

    OPEN_STATES = (State.DRAFTING, State.PROPOSED, State.APPROVED)

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="changes")
    reference = models.CharField(max_length=30, unique=True)
    review = models.ForeignKey(Review, models.PROTECT, related_name="changes")
    finding = models.ForeignKey(Finding, models.PROTECT, null=True, blank=True, related_name="changes")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="changes")
    guidance_revision = models.OneToOneField(Revision, models.PROTECT, null=True, blank=True, related_name="change")
    routine_revision = models.OneToOneField(
        RoutineRevision, models.PROTECT, null=True, blank=True, related_name="change"
    )
    undoes = models.ForeignKey("reviews.Change", models.PROTECT, null=True, blank=True, related_name="undone_by")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFTING)
    what = models.TextField("what changes", blank=True)
    why = models.TextField(blank=True)
    significance = models.CharField(max_length=10, choices=Revision.Significance, default="practice")
    suggested_loop = models.CharField(max_length=10, choices=loops.CHOICES, blank=True)
    loop = models.CharField(max_length=10, choices=loops.CHOICES, blank=True)
    loop_reason = models.TextField("why another loop than suggested", blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    due = models.DateField("decision due", null=True, blank=True)
    escalated = models.BooleanField(default=False)  # the service lead was told that it waits too long
    asked = models.BooleanField(default=False)  # its proposer and its owner were asked whether it worked
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    settled_loop = models.CharField(max_length=10, choices=loops.CHOICES, blank=True)
    settled_why = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    publish_on = models.DateField("in force from", null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.TextField(blank=True)
    check_due = models.DateField("did it work?", null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    evidence = models.TextField(blank=True)

    i_wrote: bool
    i_decided: bool
    i_approved: bool

    decisions: Any

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        return reverse("change", args=[self.reference])

    # What it is now

    @property
    def edition(self) -> Revision | RoutineRevision:
        """The draft that it would put in force, or has."""
        return self.guidance_revision or self.routine_revision  # type: ignore[return-value]  # a constraint sees to it

    @property
    def subject(self) -> Guidance | Routine:
        return self.edition.whole

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def is_undecided(self) -> bool:
        """Does it still need somebody's decision, or a reading settled?"""
        return self.state in (self.State.DRAFTING, self.State.PROPOSED) or self.needs_settling

    @property
    def is_late(self) -> bool:
        return self.state == self.State.PROPOSED and self.due is not None and self.due < clock.today()

    @property
    def loop_that_holds(self) -> str:
        return self.settled_loop or self.loop

    @property
    def needs(self) -> int:
        """How many people have to approve it."""
        return 2 if self.significance == Revision.Significance.SAFETY else 1

    def approvals(self) -> list[Decision]:
        """The approvals that hold: of what it says now, by people who did not write it."""
        return [
            decision
            for decision in self.decisions.select_related("by")
            if decision.verdict == Decision.Verdict.APPROVE
            and decision.fingerprint == self.fingerprint
            and not self.is_author(decision.by)
        ]

    def has_approved(self, user: User) -> bool:
        """Has this person approved what it says now?"""
        approvals = self.decisions.filter(verdict=Decision.Verdict.APPROVE, fingerprint=self.fingerprint)
        return approvals.filter(by=user).exists()

    def is_author(self, user: User) -> bool:
        return user.pk in (self.opened_by_id, self.proposed_by_id) or self.edition.is_author(user)

    @property
    def needs_settling(self) -> bool:
        """Did an approver read the loop otherwise than its author, and has nobody settled it?"""
        if self.state != self.State.APPROVED or self.settled_at:
            return False
        return any(decision.reading != self.loop for decision in self.approvals())

    @property
    def claim(self) -> User | None:
        """Who is reading it, if a claim holds."""
        if self.claimed_at and self.claimed_at > clock.now() - CLAIMED_FOR:
            return self.claimed_by
        return None

    def suggestion(self, *, significance: str = "", differences: Differences | None = None) -> loops.Suggestion:
        """The loop that follows from the parts that the draft changes; ``differences`` where they are known."""
        wording_only = (significance or self.edition.significance) == Revision.Significance.WORDING
        return loops.suggest(self.subject.kind, self.edition.changed_parts(differences), wording_only=wording_only)

    def settlers(self) -> list[User]:
        """Who settles a difference: the facilitator, in a desk review the service lead, or a facilitator of the whole
        trust where it is of no service; no author, nor who decided. One of them, the nearest."""
        named = [] if self.review.desk else [self.review.facilitator]
        named += User.objects.leading(self.service, trust=self.trust)
        if self.service is None:
            named += User.objects.who_may(FACILITATE, trust=self.trust)
        deciding = {decision.by_id for decision in self.decisions.all()}
        free = [one for one in named if one and one.pk not in deciding and not self.is_author(one)]
        return [one for one in free if one.trust_id == self.trust_id][:1]

    def authors(self) -> set[User]:
        """Everybody who wrote in it, or sent it."""
        named = {self.opened_by, self.proposed_by, self.edition.created_by, *self.edition.authors.all()}
        return {person for person in named if person}

    def _tell_authors(self, what: str) -> None:
        Notice.send(
            self.proposed_by or self.opened_by,
            words=f"{self.reference}: your change to {self.edition.title} {what}.",
            why="You proposed it." if self.proposed_by else "You began it.",
            url=self.get_absolute_url(),
        )
