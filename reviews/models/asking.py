"""The questions that are asked of changes: who may see which, what waits for whom, whose reading is hidden."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, NullIf

from knowledge.models import Guidance, Revision
from nhs_learning.people.models import User
from nhs_learning.people.roles import APPROVE, FACILITATE, LEAD
from nhs_learning.record import clock
from reviews.models.decision import Decision
from reviews.models.review import Review
from routines.models import Routine, RoutineRevision

_SUBJECT = (
    "guidance_revision__guidance__trust",
    "guidance_revision__guidance__service",
    "routine_revision__routine__trust",
    "routine_revision__routine__service",
    "service",
    "review__method__routine",
    "trust",
    "opened_by",
    "proposed_by",
    "claimed_by",
)


class ChangeQuerySet(models.QuerySet):
    def open(self) -> ChangeQuerySet:
        """Not yet in force, and not ended otherwise."""
        return self.filter(state__in=("drafting", "proposed", "approved"))

    def due_to_come_into_force(self) -> ChangeQuerySet:
        """Approved for a day that has come."""
        return self.filter(state="approved", publish_on__lte=clock.today())

    def overdue(self) -> ChangeQuerySet:
        """Waiting for a decision for too long, and nobody has been told yet."""
        return self.filter(state="proposed", due__lt=clock.today(), escalated=False)

    def to_ask_after(self) -> ChangeQuerySet:
        """In force long enough for somebody to say whether it works, and nobody has been asked yet."""
        return self.filter(state="in_force", check_due__lte=clock.today(), checked_at=None, asked=False)

    def about(self, subject: Guidance | Routine) -> ChangeQuerySet:
        if isinstance(subject, Guidance):
            return self.filter(guidance_revision__guidance=subject)
        return self.filter(routine_revision__routine=subject)

    def with_subject(self) -> ChangeQuerySet:
        """With all that a row of a list names, in one query. The texts of editions are left where they are."""
        texts = ("body", "html", "contents", "summary", "aim", "scope")
        return self.select_related(*_SUBJECT).defer(*(f"guidance_revision__{name}" for name in texts))

    def whole(self) -> ChangeQuerySet:
        """With all that the page of one change shows, texts before and after too, in one query; and ``read_otherwise``:
        did an approver read its loop otherwise than its author?"""
        before = ("guidance_revision__based_on", "routine_revision__based_on", "review__facilitator")
        people = ("settled_by", "ended_by", "service__lead")
        return self.select_related(*_SUBJECT, *before, *people).annotate(read_otherwise=_read_otherwise())

    def as_read_by(self, user: User) -> ChangeQuerySet:
        """Each with ``i_wrote`` and ``i_decided``, by which others' readings of the loop are hidden or shown;
        ``i_decided_before``, also on what it said earlier; ``i_approved``, since who sent it back decides on it again;
        and ``i_take_part`` in its review."""
        wrote = (
            Q(opened_by=user)
            | Q(proposed_by=user)
            | Q(guidance_revision__created_by=user)
            | Q(routine_revision__created_by=user)
            | Exists(Revision.authors.through.objects.filter(revision=OuterRef("guidance_revision"), user=user))
            | Exists(
                RoutineRevision.authors.through.objects.filter(routinerevision=OuterRef("routine_revision"), user=user)
            )
        )
        decided = Decision.objects.filter(change=OuterRef("pk"), by=user, fingerprint=OuterRef("fingerprint"))
        # An OR over empty columns would be neither true nor false, and "not mine" would find nothing.
        mine = Case(When(wrote, then=Value(True)), default=Value(False))
        approved = decided.filter(verdict=Decision.Verdict.APPROVE)
        part = Review.participants.through.objects.filter(review=OuterRef("review"), user=user)
        ever = Decision.objects.filter(change=OuterRef("pk"), by=user)
        return self.annotate(
            i_wrote=mine,
            i_decided=Exists(decided),
            i_decided_before=Exists(ever),
            i_approved=Exists(approved),
            i_take_part=Exists(part),
        )

    def with_loop_shown_to(self, user: User) -> ChangeQuerySet:
        """Of those that are ``as_read_by`` this person, each with ``shown_loop``, the loop that holds, or "" where the
        person may not see it (permissions.may_see_reading) or there is none yet; ``loop_hidden`` tells which."""
        asked = Q(state__in=("drafting", "proposed", "approved"), i_wrote=False, i_decided=False)
        asked &= _within_approval(user)  # what is approved may yet be taken back, and is read again
        settles = Q(state="approved", read_otherwise=True) & _settles(user)
        holds = Coalesce(NullIf("settled_loop", Value("")), "loop")
        return self.annotate(read_otherwise=_read_otherwise()).annotate(
            loop_hidden=Case(
                When(settles, then=Value(False)), When(asked & ~Q(loop=""), then=Value(True)), default=Value(False)
            ),
            shown_loop=Case(
                When(settles, then=holds), When(asked, then=Value("")), default=holds, output_field=models.CharField()
            ),
        )

    def visible_to(self, user: Any) -> ChangeQuerySet:
        """Its authors, and the owner and deputy of what it changes; approvers and service leads from when it is first
        sent, also while it is written in again; those who may see its review; and when it is in force, all who may read
        the thing itself."""
        if not user.is_authenticated:
            return self.none()
        theirs = Q(opened_by=user) | Q(proposed_by=user)
        written = Q(guidance_revision__authors=user) | Q(routine_revision__authors=user)
        was_sent = Q(proposed_at__isnull=False)
        decides = was_sent & _within_approval(user)
        owned = Q(guidance_revision__guidance__owner=user) | Q(guidance_revision__guidance__deputy=user)
        # Who answers for the service; in a review for participants only, when there may be a difference to settle.
        wide = ~Q(review__confidentiality=Review.Confidentiality.PARTICIPANTS)
        led = Q(state="approved") & _settles(user) | was_sent & wide & Q(service__in=user.reach.services(LEAD))
        reviewed = Q(review__in=Review.objects.visible_to(user).values("pk"))
        in_force = Q(state="in_force") & (
            Q(guidance_revision__guidance__in=Guidance.objects.visible_to(user).values("pk"))
            | Q(routine_revision__routine__in=Routine.objects.visible_to(user).values("pk"))
        )
        mine = self.filter(theirs | written | decides | owned | led | reviewed | in_force, trust=user.trust_id)
        return self.filter(pk__in=mine.values("pk")).as_read_by(user)

    def waiting_for(self, user: User) -> ChangeQuerySet:
        """What this person could decide on, the oldest first."""
        waiting = self.filter(_within_approval(user), trust=user.trust_id, state="proposed")
        return waiting.as_read_by(user).filter(i_wrote=False, i_approved=False).order_by("proposed_at", "pk")

    def duties_of(self, user: User) -> ChangeQuerySet:
        """What this person has to do, each with ``duty`` (decide, settle, rework what was sent back, write) and with
        ``since``, the oldest first. The same answers as permissions give, in one query."""
        on_it = Decision.objects.filter(change=OuterRef("pk"))
        of_this = on_it.filter(fingerprint=OuterRef("fingerprint"))
        settles = _settles(user) & _read_otherwise() & ~Exists(on_it.filter(by=user))
        mine = Q(state="drafting", i_wrote=True)
        others = Q(i_wrote=False)
        duty = Case(
            When(others & Q(state="proposed", i_approved=False) & _within_approval(user), then=Value("decide")),
            When(others & Q(state="approved", settled_at=None) & settles, then=Value("settle")),
            When(mine & Exists(of_this.filter(verdict="send_back")), then=Value("rework")),
            When(mine, then=Value("write")),
            default=Value(""),
        )
        found = self.open().filter(trust=user.trust_id).as_read_by(user).annotate(duty=duty).exclude(duty="")
        return found.annotate(since=Coalesce("proposed_at", "opened_at")).order_by("since", "pk")


def _read_otherwise() -> Exists:
    """Did somebody who approved what it says now read its loop otherwise than its author?"""
    approvals = Decision.objects.filter(change=OuterRef("pk"), verdict="approve", fingerprint=OuterRef("fingerprint"))
    return Exists(approvals.exclude(reading=OuterRef("loop")))


def _settles(user: User) -> Q:
    """Where it is this person's part to settle differences (permissions.may_settle)."""
    places = _within(user, LEAD) | Q(review__desk=False, review__facilitator=user)
    return places | Q(service=None) if user.reach.may(FACILITATE, None) else places


def _within_approval(user: User) -> Q:
    return _within(user, APPROVE)


def _within(user: User, capability: str) -> Q:
    """Where this person approves, or leads: in services, and in what is the whole trust's."""
    places = Q(service__in=user.reach.services(capability))
    return places | Q(service=None) if user.reach.may(capability, None) else places
