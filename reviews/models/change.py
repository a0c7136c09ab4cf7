"""Changes: what a review puts in force, tagged with the loop of learning that it is, decided by people who did not
write it, and looked at again later: did it work?"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from knowledge import loops
from knowledge.models import Conflict, Guidance, Revision
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews import methods
from reviews.models import keeping, rules
from reviews.models.asking import ChangeQuerySet
from reviews.models.decision import Decision, GoverningChange
from reviews.models.proposal import CHECKED_AFTER, CLAIMED_FOR, WORKING_DAYS, Proposal
from reviews.models.review import Finding, Review
from reviews.models.series import Series
from routines.models import RoutineRevision


class Change(Proposal):
    """One change to guidance or to a routine, by a draft of its next edition, and its verbs."""

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["trust", "state", "proposed_at"], name="changes_that_wait")]
        constraints = rules.ON_CHANGES
        triggers = [
            rules.approved_by_enough,
            rules.variables_are_named,
            rules.no_undecided_change_in_a_closed_review,
            *keeping.ON_CHANGES,
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.edition.title}"

    # Writing it, and sending it

    @classmethod
    @transaction.atomic
    def begin(
        cls, *, by: User, edition: Revision | RoutineRevision, review: Review, finding: Finding | None = None
    ) -> Change:
        """Begin a change in an open review: from a draft of a later edition, of which no other change is made."""
        edition.hold()  # two who begin from one draft at once come one after the other
        if edition.based_on_id is None or not edition.is_draft:
            raise Conflict("A change is made from the draft of a later edition.")
        if review.trust_id != edition.whole.trust_id:
            raise Conflict("This review is of another trust.")
        if not review.stays_open():
            raise Conflict("This review is closed, so no change can be begun in it.")
        key = "guidance_revision" if isinstance(edition, Revision) else "routine_revision"
        if cls.objects.filter(**{key: edition}).exists():
            raise Conflict("Another change is made from this draft already.")
        subject = edition.whole
        change = cls.objects.create(
            trust=subject.trust,
            reference=Series.draw(subject.trust),
            review=review,
            finding=finding,
            service=subject.service,
            opened_at=clock.now(),
            opened_by=by,
            **{key: edition},
        )
        Event.record(by=by, verb="began_change", subject=change, trust=change.trust, title=edition.title)
        return change

    @classmethod
    @transaction.atomic
    def suggest(cls, *, by: User, edition: Revision | RoutineRevision, trigger: str = "suggestion") -> Change:
        """Begin a change with a desk review of its own, so that a small change costs minutes."""
        subject = edition.whole
        about = "guidance" if isinstance(subject, Guidance) else "routine"
        review = Review.begin(
            by=by,
            method=methods.desk(subject.trust),
            title=f"Suggested change to {subject.title}"[:250],
            trigger=trigger,
            service=subject.service,
            **{about: subject},
        )
        return cls.begin(by=by, edition=edition, review=review)

    @transaction.atomic
    def propose(
        self,
        *,
        by: User,
        what: str,
        why: str,
        significance: str,
        loop: str,
        loop_reason: str = "",
        governing: Iterable[tuple[str, str, str]] = (),
        publish_on: datetime.date | None = None,
    ) -> None:
        """Send it for a decision. ``governing``: (variable, was, becomes) of what it redefines, which a double-loop or
        meta-learning change must name. From now on nobody writes in the draft, until it is taken back."""
        self._held(self.State.DRAFTING)
        self._see_that_it_can_be_sent()
        edition = self.edition
        if significance != edition.significance:
            edition.edit(by=by, significance=significance)
        edition.authors.add(by)  # who says which loop it is never reads it blind
        edition.send()
        fingerprint = edition.fingerprint()
        if loop != self.loop and fingerprint == self.fingerprint and self.approvals():
            raise Conflict(
                "Somebody has approved this text and read its loop, so the loop stays as it was sent. "
                "A difference is settled by the facilitator or the service lead."
            )
        self.governing.all().delete()
        self._name(governing)
        self._move(
            self.State.DRAFTING,
            to=self.State.PROPOSED,
            what=what,
            why=why,
            significance=significance,
            suggested_loop=self.suggestion().loop,
            loop=loop,
            loop_reason=loop_reason,
            publish_on=publish_on,
            fingerprint=fingerprint,
            proposed_at=clock.now(),
            proposed_by=by,
            due=clock.working_days_from(clock.today(), WORKING_DAYS[significance]),
            escalated=False,
        )
        # Never the loop: approvers read this timeline before they have read it for themselves.
        Event.record(by=by, verb="proposed", subject=self, trust=self.trust, title=edition.title)
        self._decided_already()

    def _see_that_it_can_be_sent(self) -> None:
        self.edition.hold()  # what is sent is what the draft says at this moment
        if not self.edition.is_up_to_date:
            raise Conflict("Another edition came into force since this draft was begun: bring it up to date first.")
        if not self.edition.changed_parts():
            raise Conflict("The draft says the same as what is in force. Change something first.")

    def _name(self, governing: Iterable[tuple[str, str, str]]) -> None:
        """Put down what it redefines: variable, was, becomes."""
        rows = [GoverningChange(change=self, variable=row[0], was=row[1], becomes=row[2]) for row in governing]
        GoverningChange.objects.bulk_create(rows)

    @transaction.atomic
    def take_back(self, *, by: User | None) -> None:
        """Open the draft again, to change it. Approvals hold for what was approved. In a closed review only the clock
        (nobody) does so, which opens the review again."""
        self._held(self.State.PROPOSED, self.State.APPROVED)
        if by is not None and not self.review.stays_open():
            raise Conflict("Its review is closed. Withdraw this change, and suggest another.")
        self._move(self.State.PROPOSED, self.State.APPROVED, to=self.State.DRAFTING, **_UNCLAIMED, **_UNSETTLED)
        self.edition.take_back()
        if self.review.reopen(by=by) and self.review.facilitator:
            self._tell(
                [self.review.facilitator], "It was taken back, so its review is open again.", "You facilitate it."
            )
        Event.record(by=by, verb="took_back", subject=self, trust=self.trust)
        if by and by not in (self.opened_by, self.proposed_by):
            self._tell_authors("was taken back, to be changed")

    @transaction.atomic
    def withdraw(self, *, by: User, why: str) -> None:
        """Think better of it. The draft stays as it is, as the record of what was suggested."""
        self._held(*self.OPEN_STATES)
        if not self.edition.sent:
            self.edition.send()
        self._end(*self.OPEN_STATES, to=self.State.WITHDRAWN, by=by, why=why)
        Event.record(by=by, verb="withdrew_change", subject=self, trust=self.trust, why=why)
        if by not in (self.opened_by, self.proposed_by):
            self._tell_authors("was withdrawn, with a reason")

    # Deciding

    @transaction.atomic
    def take(self, *, by: User) -> None:
        """Claim it for reading, so that no second person reads the same. Holds for a day."""
        free = Q(claimed_by=None) | Q(claimed_by=by) | Q(claimed_at__lte=clock.now() - CLAIMED_FOR)
        if not self._row().filter(free, state=self.State.PROPOSED).update(claimed_at=clock.now(), claimed_by=by):
            raise Conflict("Somebody else is reading this already, or it is decided.")
        self.refresh_from_db()
        Event.record(by=by, verb="claimed", subject=self, trust=self.trust)

    @transaction.atomic
    def leave(self, *, by: User) -> None:
        """Give a claim up. Twice is once."""
        gave_up = self._row().filter(claimed_by=by).update(**_UNCLAIMED)
        self.refresh_from_db()
        if gave_up:
            Event.record(by=by, verb="left_to_others", subject=self, trust=self.trust)

    @transaction.atomic
    def decide(
        self,
        *,
        by: User,
        verdict: str,
        reading: str,
        fingerprint: str,
        note: str = "",
        meaning_unchanged: bool | None = None,
        committee: dict[str, Any] | None = None,
    ) -> Decision:
        """One approver's decision, with their own reading of the loop, on what they were shown (its ``fingerprint``).

        ``committee``: its committee, met_on and minute. The last approval that is needed publishes the change, unless a
        reading has to be settled first or its day has not come. Raises Conflict where somebody was quicker or what was
        shown is no longer what it says.
        """
        self._held(self.State.PROPOSED)
        self._see_that_it_can_be_decided(fingerprint)
        if verdict == Decision.Verdict.APPROVE:
            self._see_that_it_can_be_approved(by=by, meaning_unchanged=meaning_unchanged)
        decision = Decision.objects.create(
            change=self,
            by=by,
            at=clock.now(),
            verdict=verdict,
            reading=reading,
            note=note,
            meaning_unchanged=meaning_unchanged,
            fingerprint=fingerprint,
            **(committee or {}),
        )
        # Never the reading, nor the note, which may tell it: who decides next has yet to read it for themselves.
        Event.record(by=by, verb="decided", subject=self, trust=self.trust, verdict=verdict)
        self._row().filter(claimed_by=by).update(**_UNCLAIMED)
        if verdict == Decision.Verdict.APPROVE:
            self._decided_already()
        elif verdict == Decision.Verdict.SEND_BACK:
            self._move(self.State.PROPOSED, to=self.State.DRAFTING, **_UNCLAIMED)
            self.edition.take_back()
            self._tell_authors("was sent back to you, with a note")
        else:
            self._end(self.State.PROPOSED, to=self.State.DECLINED, by=by, why=note)
            self._tell_authors("was declined, with a reason")
        return decision

    def _see_that_it_can_be_decided(self, fingerprint: str) -> None:
        """Is it still what was shown?"""
        if fingerprint != self.fingerprint or self.edition.fingerprint() != fingerprint:
            raise Conflict("The draft was changed since it was shown to you. Read it as it is now, then decide.")

    def _see_that_it_can_be_approved(self, *, by: User, meaning_unchanged: bool | None) -> None:
        if self.has_approved(by):
            raise Conflict("You have approved this already.")
        if not self.edition.is_up_to_date:
            raise Conflict(
                "Another edition came into force since this draft was begun. Send it back, to be brought up to date."
            )
        if self.significance == Revision.Significance.WORDING and not meaning_unchanged:
            raise Conflict("A change of wording leaves the meaning as it is. If this one does not, send it back.")

    def _decided_already(self) -> None:
        """Go on when enough people have approved what it says now."""
        approvals = self.approvals()
        if len({decision.by_id for decision in approvals}) < self.needs:
            return
        self._move(self.State.PROPOSED, to=self.State.APPROVED, **_UNCLAIMED)
        if self.needs_settling:
            for settler in self.settlers():
                Notice.send(
                    settler,
                    words=f"{self.reference}: its loop was read in two ways. Settle which it is.",
                    why="You settle what approvers read differently.",
                    url=self.get_absolute_url(),
                )
        else:
            self._publish_when_due(by=approvals[-1].by)

    @transaction.atomic
    def settle(self, *, by: User, loop: str, why: str, governing: Sequence[tuple[str, str, str]] = ()) -> None:
        """Settle which loop it is, where it was read differently; all readings are kept. ``governing`` names what it
        redefines; what its author named of that stays as it was sent."""
        self._held(self.State.APPROVED)
        if not self.needs_settling:
            raise Conflict("There is nothing to settle: nobody read it otherwise, or somebody has settled it already.")
        named = set(self.governing.values_list("variable", "was", "becomes"))
        self._name(row for row in governing if tuple(row) not in named)
        self._move(
            self.State.APPROVED,
            to=self.State.APPROVED,
            settled_loop=loop,
            settled_why=why,
            settled_at=clock.now(),
            settled_by=by,
        )
        # Neither the loop nor why: taken back from here, it is read blind by those who have not decided on it.
        Event.record(by=by, verb="settled", subject=self, trust=self.trust)
        self._publish_when_due(by=self.approvals()[-1].by)

    # In force

    def _publish_when_due(self, *, by: User) -> None:
        if self.publish_on is None or self.publish_on <= clock.today():
            self.publish(by=by)

    @transaction.atomic
    def publish(self, *, by: User) -> None:
        """Put it in force. The last approval does so, or the clock on its day (``by`` is then the last approver)."""
        self._held(self.State.APPROVED)
        edition = self.edition
        if self.needs_settling:
            raise Conflict("Its loop was read in two ways. Somebody settles that before it comes into force.")
        if self.publish_on and self.publish_on > clock.today():
            raise Conflict("The day on which it comes into force is not here yet.")
        if edition.fingerprint() != self.fingerprint:
            raise Conflict("The draft is not what was approved, so it can't come into force.")
        self._end(
            self.State.APPROVED,
            to=self.State.IN_FORCE,
            by=by,
            check_due=clock.today() + CHECKED_AFTER,
        )
        committees = dict.fromkeys(one.committee for one in self.approvals() if one.committee)
        edition.publish(by=by, loop=self.loop_that_holds, reason=self.why, committee=" and ".join(committees))
        self._tell_authors("is in force")
        self._tell_who_waits()

    def _tell_who_waits(self) -> None:
        """Others that were sent say now what an earlier edition said: their authors bring them up to date."""
        for other in Change.objects.about(self.subject).filter(state__in=("proposed", "approved")):
            other._tell_authors("has to be brought up to date: another edition came into force")

    @transaction.atomic
    def look_back(self, *, by: User, outcome: str, evidence: str) -> None:
        """Say, some time later, whether it worked: adopted, adapted or abandoned, with the evidence."""
        row = self._row().filter(state=self.State.IN_FORCE, checked_at=None)
        if not row.update(outcome=outcome, evidence=evidence, checked_at=clock.now(), checked_by=by):
            raise Conflict("Somebody has said already what came of this change.")
        self.refresh_from_db()
        Event.record(by=by, verb="checked", subject=self, trust=self.trust, outcome=outcome, evidence=evidence)

    @transaction.atomic
    def way_back(self, *, by: User) -> Change:
        """Begin the change back, after this one did not work: what is in force now, without what this one changed.
        Where no edition came since, those are the earlier edition's words; what later editions changed stays."""
        Change.objects.select_for_update().get(pk=self.pk)  # two people begin it once
        edition: Any = self.edition
        subject = self.subject
        if self.state != self.State.IN_FORCE or subject.state != subject.State.IN_FORCE:
            raise Conflict("There is a way back only from what is in force.")
        if self.outcome != self.Outcome.ABANDONED:
            raise Conflict("There is a way back from what was abandoned: say first what came of it.")
        if begun := self.undone_by.open().first():
            raise Conflict(f"{begun.opened_by.name} has begun the way back already: {begun.reference}.")
        draft = subject.start_draft(by=by)
        clashes = draft.bring_in(edition.based_on, since=edition, by=by)
        if not draft.changed_parts():
            raise Conflict("Nothing of what it changed is left in what is in force now.")
        change = Change.suggest(by=by, edition=draft)
        what = f"Back to what edition {edition.based_on.number} said."
        if clashes:
            parts = {loops.called_in(subject.kind, clash.part) for clash in clashes}
            what = f"{what} What was changed again since stays as it is: see {', '.join(sorted(parts))}."
        change._row().update(undoes=self, what=what, why=self.evidence)
        change.refresh_from_db()
        return change

    # By the clock. Each may be done twice, and by two workers at once, harmlessly.

    @transaction.atomic
    def come_into_force(self) -> None:
        """Its day has come: publish it, in the name of who approved it last. Where another edition came meanwhile, it
        is opened again, and its authors are told."""
        due = Change.objects.due_to_come_into_force().filter(pk=self.pk)
        held = due.select_for_update(of=("self",), skip_locked=True).first()
        if held is None or held.needs_settling:
            return
        try:
            with transaction.atomic():
                held.publish(by=held.approvals()[-1].by)
        except Conflict:
            held.refresh_from_db()
            held.take_back(by=None)
            why = "Another edition came into force, or it was withdrawn. Bring it up to date, then send it again."
            held._tell(held.authors(), f"Your change did not come into force on its day. {why}", "You worked on it.")

    @transaction.atomic
    def escalate(self) -> None:
        """It waits for a decision too long: tell the service lead, once. In a review which the lead may not see, its
        facilitator."""
        if not Change.objects.overdue().filter(pk=self.pk).update(escalated=True):
            return
        Event.record(by=None, verb="escalated", subject=self, trust=self.trust)
        words, leads = "It has waited too long for a decision.", User.objects.leading(self.service, trust=self.trust)
        if not self._tell(leads, words, "You answer for the service.") and self.review.facilitator:
            self._tell([self.review.facilitator], words, "You facilitate its review.")

    @transaction.atomic
    def ask_after(self) -> None:
        """It has been in force for a while: ask its proposer and the owner whether it works, once."""
        if not Change.objects.to_ask_after().filter(pk=self.pk).update(asked=True):
            return
        Event.record(by=None, verb="asked_after", subject=self, trust=self.trust)
        asked = {person for person in (self.proposed_by, self.subject.owner) if person}
        address = reverse("change_look_back", args=[self.reference])
        self._tell(asked, "Did this change work?", "You proposed it, or own what it changed.", url=address)

    def _tell(self, people: Iterable[User], words: str, why: str, *, url: str = "") -> list[User]:
        """Tell those of them who may see it. Returns whom."""
        told = [one for one in people if Change.objects.visible_to(one).filter(pk=self.pk).exists()]
        words = f"{self.reference}, {self.edition.title[:120]}: {words}"
        for person in told:
            Notice.send(person, words=words, why=why, url=url or self.get_absolute_url())
        return told

    # How it moves

    def _held(self, *sources: str) -> None:
        """Lock the row and read it as it is now, so that two who act at once act one after the other."""
        self.refresh_from_db(from_queryset=Change.objects.select_for_update())
        if self.state not in sources:
            raise Conflict(f"Somebody was quicker. This change is now: {self.get_state_display().lower()}.")

    def _move(self, *sources: str, to: str, **fields: Any) -> None:
        """One guarded UPDATE; no row means that somebody was quicker."""
        if not self._row().filter(state__in=sources).update(state=to, **fields):
            self.refresh_from_db()
            raise Conflict(f"Somebody was quicker. This change is now: {self.get_state_display().lower()}.")
        self.state = to
        for name, value in fields.items():
            setattr(self, name, value)

    def _end(self, *sources: str, to: str, by: User, why: str = "", **fields: Any) -> None:
        """It is decided for good; the desk review that holds it has nothing more to do."""
        self._move(*sources, to=to, ended_at=clock.now(), ended_by=by, ended_why=why, **_UNCLAIMED, **fields)
        if self.review.desk and self.review.is_open and not self.review.undecided():
            self.review.close(by=by)

    def _row(self) -> models.QuerySet[Change]:
        return Change.objects.filter(pk=self.pk)


_UNCLAIMED: dict[str, Any] = {"claimed_at": None, "claimed_by": None}
_UNSETTLED: dict[str, Any] = {"settled_at": None, "settled_by": None, "settled_loop": "", "settled_why": ""}
