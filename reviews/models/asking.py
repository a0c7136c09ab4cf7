"""The questions that are asked of changes: who may see which, what waits for whom, whose reading is hidden."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, When

from knowledge.models import Guidance, Revision
from nhs_learning.people.models import User
from nhs_learning.people.roles import APPROVE, LEAD
from reviews.models.decision import Decision
from reviews.models.review import Review
from routines.models import Routine, RoutineRevision


class ChangeQuerySet(models.QuerySet):
    def open(self) -> ChangeQuerySet:
        """Not yet in force, and not ended otherwise."""
        return self.filter(state__in=("drafting", "proposed", "approved"))

    def about(self, subject: Guidance | Routine) -> ChangeQuerySet:
        if isinstance(subject, Guidance):
            return self.filter(guidance_revision__guidance=subject)
        return self.filter(routine_revision__routine=subject)

    def with_subject(self) -> ChangeQuerySet:
        """With all that a row of a list names, in one query. The texts of editions are left where they are."""
        texts = [f"guidance_revision__{name}" for name in ("body", "html", "contents", "summary", "aim", "scope")]
        return self.select_related(
            "guidance_revision__guidance__trust",
            "guidance_revision__guidance__service",
            "routine_revision__routine__trust",
            "service",
            "review__method__routine",
            "trust",
            "opened_by",
            "proposed_by",
            "claimed_by",
        ).defer(*texts)

    def as_read_by(self, user: User) -> ChangeQuerySet:
        """Each with ``i_wrote`` and ``i_decided``, by which others' readings of the loop are hidden or shown, and
        ``i_approved``, since who sent it back decides on it again."""
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
        return self.annotate(
            i_wrote=Case(When(wrote, then=True), default=False),  # never NULL, whatever the change has not got
            i_decided=Exists(decided),
            i_approved=Exists(decided.filter(verdict=Decision.Verdict.APPROVE)),
        )

    def visible_to(self, user: Any) -> ChangeQuerySet:
        """Its authors; approvers, owners and service leads once it is sent; those who may see its review; when it is in
        force, all who may read the thing itself."""
        if not user.is_authenticated or user.trust_id is None:
            return self.none()
        theirs = Q(opened_by=user) | Q(proposed_by=user)
        written = Q(guidance_revision__authors=user) | Q(routine_revision__authors=user)
        decides = ~Q(state="drafting") & _within_approval(user)
        owned = ~Q(state="drafting") & (
            Q(guidance_revision__guidance__owner=user) | Q(guidance_revision__guidance__deputy=user)
        )
        led = ~Q(state="drafting") & Q(service__in=user.reach.services(LEAD))  # who settles, whatever the review
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


def _within_approval(user: User) -> Q:
    """Where this person approves: in services, and in what is the whole trust's."""
    places = Q(service__in=user.reach.services(APPROVE))
    return places | Q(service=None) if user.reach.may(APPROVE, None) else places
