"""From tacit to codified: an insight that is to become part of guidance, and the edition that it grew into."""

from __future__ import annotations

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from knowledge.models.insight import Insight
from knowledge.models.revision import Revision
from nhs_learning.people.models import Notice, Service, User
from nhs_learning.people.roles import CURATE
from nhs_learning.record import clock
from nhs_learning.record.models import Event


class CodificationQuerySet(models.QuerySet["Codification"]):
    def waiting(self) -> CodificationQuerySet:
        """Proposed and not answered; a draft that was thrown away leaves its proposal waiting again."""
        return self.filter(Q(state="proposed") | Q(state="taken_up", revision=None))

    def published(self) -> CodificationQuerySet:
        """What is part of an edition that came into force."""
        return self.filter(revision__number__gte=1)


class Codification(models.Model):
    """The proposal that an insight become guidance: part of what there is (``guidance``), or (None) something new.

    Taken up, it points at the ``revision`` that it became part of; the link stays on both sides.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        TAKEN_UP = "taken_up", "Taken up"
        DECLINED = "declined", "Left as it is"

    insight = models.ForeignKey(Insight, models.PROTECT, related_name="codifications")
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="codifications")
    why = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, models.SET_NULL, null=True, blank=True, related_name="codifications")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    declined_why = models.TextField(blank=True)

    objects = CodificationQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["insight"], condition=Q(state="proposed"), name="an_insight_is_proposed_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", ended_at=None, ended_by=None)
                | ~Q(state="proposed") & Q(ended_at__isnull=False, ended_by__isnull=False),
                name="a_proposal_is_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(declined_why=""), name="a_declined_proposal_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.insight} for {self.guidance or 'new guidance'}"

    @classmethod
    @transaction.atomic
    def propose(cls, *, by: User, insight: Insight, guidance: Guidance | None, why: str) -> Codification:
        """Propose that an insight become part of this guidance, or (None) guidance of its own. Whoever can take it up
        is told, and its holders where somebody else proposes it."""
        if insight.state != Insight.State.SHARED:
            raise Conflict("Share it first: what nobody has read can't become guidance.")
        if insight.codifications.waiting().exists():
            raise Conflict("It is proposed already.")
        said = cls.objects.create(insight=insight, guidance=guidance, why=why, proposed_at=clock.now(), proposed_by=by)
        Event.record(by=by, verb="proposed_codification", subject=insight, trust=insight.trust)
        where = guidance.title if guidance else "guidance of its own"
        for person in said.who_takes_it_up():
            if person != by:
                words = f"{by.name} proposes that “{insight}” become part of {where}"
                Notice.send(person, words=words, why="You can take it up.", url=insight.get_absolute_url())
        for holder in insight.holders.exclude(pk=by.pk):
            words = f"{by.name} proposes that “{insight}” become part of {where}"
            Notice.send(holder, words=words, why="You hold it.", url=insight.get_absolute_url())
        return said

    def who_takes_it_up(self) -> list[User]:
        """The owner and deputy of the guidance; for new guidance, the curators of the insight's service."""
        if self.guidance:
            return [one for one in (self.guidance.owner, self.guidance.deputy) if one and one.is_active]
        return list(User.objects.who_may(CURATE, trust=self.insight.trust, service=self.insight.service))

    @transaction.atomic
    def take_up(
        self, *, by: User, draft: Revision | None = None, kind: str = "guideline", service: Service | None = None
    ) -> Revision:
        """Make it a draft: of the next edition, or of new guidance of this kind. ``draft``: one that is there already,
        which is left as it is written. Otherwise the insight's words stand at the end, to be worked in."""
        if draft is None:
            draft = self._new_draft(by=by, kind=kind, service=service or self.insight.service)
        row = Codification.objects.waiting().filter(pk=self.pk)
        said = {"revision": draft, "ended_at": clock.now(), "ended_by": by}
        if not row.update(state=self.State.TAKEN_UP, guidance=draft.guidance, **said):
            raise Conflict("Somebody has answered this already.")
        self.refresh_from_db()
        Event.record(by=by, verb="took_up_insight", subject=self.insight, trust=self.insight.trust, draft=draft.pk)
        self._tell_holders(f"{by.name} works “{self.insight}” into {draft.guidance.title}", but=by)
        return draft

    @transaction.atomic
    def decline(self, *, by: User, why: str) -> None:
        """Leave it an insight; whoever proposed it and its holders are told why."""
        said = {"declined_why": why, "ended_at": clock.now(), "ended_by": by}
        if not Codification.objects.waiting().filter(pk=self.pk).update(state=self.State.DECLINED, **said):
            raise Conflict("Somebody has answered this already.")
        self.refresh_from_db()
        Event.record(by=by, verb="left_insight_as_it_is", subject=self.insight, trust=self.insight.trust, why=why)
        self._tell_holders(f"“{self.insight}” stays an insight: {why}", but=by)

    def _tell_holders(self, words: str, *, but: User) -> None:
        for person in {*self.insight.holders.all(), self.proposed_by} - {but}:
            Notice.send(person, words=words, why="You hold it or proposed it.", url=self.insight.get_absolute_url())

    def _new_draft(self, *, by: User, kind: str, service: Service) -> Revision:
        said = in_markdown(self.insight)
        if self.guidance is None:
            draft = Guidance.begin(by=by, service=service, kind=kind, title=self.insight.title)
            draft.guidance.topics.set(self.insight.topics.all())
            draft.edit(by=by, summary=self.insight.practice, body=said)
        else:
            draft = self.guidance.start_draft(by=by)
            draft.edit(by=by, body=f"{draft.body.rstrip()}\n\n{said}".lstrip())
        return draft


def in_markdown(insight: Insight) -> str:
    """An insight's words as a section of guidance, for its editor to work in."""
    parts = [f"## {insight.title}", insight.situation, insight.practice, insight.why]
    if insight.when_not:
        parts.append(f"**When it does not work:** {insight.when_not}")
    return "\n\n".join(parts) + "\n"
