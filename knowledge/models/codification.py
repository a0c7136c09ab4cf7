"""From tacit to codified: an insight that is to become part of guidance, and the edition that it grew into."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
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

    def to_take_up(self, user: User) -> CodificationQuerySet:
        """What waits for this person: theirs to take up, as owner or deputy of the guidance or as its curator."""
        theirs = Q(guidance__in=Guidance.objects.curated_by(user))
        new = Q(guidance=None, insight__service__in=user.reach.services(CURATE))
        return self.waiting().filter(theirs | new, insight__in=Insight.objects.visible_to(user).shared())

    def of_editions(self, guidance_id: int, *, reader: User) -> CodificationQuerySet:
        """What drafts and editions of a piece of guidance grew out of, the earliest first, each with ``told_by``, the
        names of who told it, and ``seen``: may the reader read it?"""
        holders = User.objects.filter(insights=models.OuterRef("insight")).order_by("name").values("name")
        seen = models.Exists(Insight.objects.visible_to(reader).filter(pk=models.OuterRef("insight")))
        grown = self.filter(revision__guidance=guidance_id).order_by("proposed_at")
        return grown.annotate(told_by=ArraySubquery(holders), seen=seen)


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

    @property
    def is_waiting(self) -> bool:
        """Is it for somebody to answer? A draft that was thrown away leaves it so again."""
        return self.state == self.State.PROPOSED or (self.state == self.State.TAKEN_UP and self.revision_id is None)

    @property
    def is_being_written(self) -> bool:
        """Is somebody working it into a draft? One that was sent, and perhaps declined since, is not written in."""
        return self.revision is not None and self.revision.is_draft and not self.revision.sent

    def __str__(self) -> str:
        return f"{self.insight} for {self.guidance or 'new guidance'}"

    @classmethod
    @transaction.atomic
    def propose(cls, *, by: User, insight: Insight, guidance: Guidance | None, why: str) -> Codification:
        """Propose that an insight become part of this guidance, or (None) guidance of its own. Whoever can take it up
        is told, and its holders where somebody else proposes it."""
        insight = Insight.objects.select_for_update(of=("self",)).get(pk=insight.pk)  # proposed once at a time
        if insight.state != Insight.State.SHARED:
            raise Conflict("Share it first: what nobody has read can't become guidance.")
        if insight.codifications.waiting().exists():
            raise Conflict("It is proposed already.")
        said = cls(insight=insight, guidance=guidance, why=why, proposed_at=clock.now(), proposed_by=by)
        asked = said.who_takes_it_up()
        if not asked:
            raise Conflict(said._nobody_takes_it_up())
        said.save()
        Event.record(by=by, verb="proposed_codification", subject=insight, trust=insight.trust, why=why)
        for person in asked:
            if person != by:
                said._tell(person, f"{by.name} proposes that “{insight}” become part of", "You can take it up.")
        for holder in insight.holders.exclude(pk__in=[by.pk, *(one.pk for one in asked)]):
            said._tell(holder, f"{by.name} proposes that “{insight}” become part of", "You hold it.")
        return said

    def who_takes_it_up(self) -> list[User]:
        """The owner and deputy of the guidance; for new guidance, or where both have left, the curators of its service.
        Only those who may read the insight."""
        asked: list[User] = []
        if self.guidance:
            asked = [one for one in (self.guidance.owner, self.guidance.deputy) if self._can_answer(one)]
        if asked or (self.guidance and self.guidance.audience == Guidance.Audience.PRIVATE):
            return asked
        service = self.guidance.service if self.guidance else self.insight.service
        curators = User.objects.who_may(CURATE, trust=self.insight.trust, service=service)
        return [one for one in curators if self._can_answer(one)]

    def _can_answer(self, person: User | None) -> bool:
        return person is not None and person.is_active and self.insight.is_open_to(person)

    def _nobody_takes_it_up(self) -> str:
        where = self.guidance.title if self.guidance else f"the guidance of {self.insight.service}"
        return f"Nobody who looks after {where} may read this. Its holders can open it to the trust; then propose it."

    def _tell(self, person: User, words: str, why: str) -> None:
        """A word that ends with the guidance, which is named only to those who may see it."""
        named = self.guidance and Guidance.objects.visible_to(person).filter(pk=self.guidance.pk).exists()
        where = self.guidance.title if self.guidance and named else "guidance" if self.guidance else "new guidance"
        Notice.send(person, words=f"{words} {where}", why=why, url=self.insight.get_absolute_url())

    @transaction.atomic
    def take_up(
        self, *, by: User, draft: Revision | None = None, kind: str = "guideline", service: Service | None = None
    ) -> Revision:
        """Make it a draft: of the next edition, or of new guidance of this kind. ``draft``: one that is there already,
        which is left as it is written. Otherwise the insight's words stand at the end, to be worked in.

        Those who told it are authors of the draft: they may write in it, and none of them decides on it."""
        Codification.objects.select_for_update(of=("self",)).get(pk=self.pk)  # whoever comes second sees the answer
        row = Codification.objects.waiting().filter(pk=self.pk, insight__state=Insight.State.SHARED)
        quicker = "Somebody has answered this already, or the insight was withdrawn."
        if not row.exists():
            raise Conflict(quicker)
        if draft is None:
            draft = self._new_draft(by=by, kind=kind, service=service or self.insight.service)
        said = {"revision": draft, "ended_at": clock.now(), "ended_by": by, "guidance": draft.guidance}
        if not row.update(state=self.State.TAKEN_UP, **said):
            raise Conflict(quicker)
        self.refresh_from_db()
        draft.authors.add(*self.insight.holders.all())
        Event.record(by=by, verb="took_up_insight", subject=self.insight, trust=self.insight.trust, draft=draft.pk)
        self._tell_holders(f"{by.name} works “{self.insight}” into", but=by)
        return draft

    def came_into_force(self, *, by: User) -> None:
        """The edition that it became part of is in force: its holders, and whoever proposed it, are told."""
        Event.record(by=by, verb="became_guidance", subject=self.insight, trust=self.insight.trust)
        self._tell_holders(f"“{self.insight}” is in force now, as part of", but=by)

    @transaction.atomic
    def decline(self, *, by: User, why: str) -> None:
        """Leave it an insight; whoever proposed it and its holders are told why."""
        said = {"declined_why": why, "ended_at": clock.now(), "ended_by": by}
        if not Codification.objects.waiting().filter(pk=self.pk).update(state=self.State.DECLINED, **said):
            raise Conflict("Somebody has answered this already.")
        self.refresh_from_db()
        Event.record(by=by, verb="left_insight_as_it_is", subject=self.insight, trust=self.insight.trust, why=why)
        for person in self._whose_it_is(but=by):
            words, told = f"“{self.insight}” stays an insight: {why}", "You hold it or proposed it."
            Notice.send(person, words=words, why=told, url=self.insight.get_absolute_url())

    def _tell_holders(self, words: str, *, but: User) -> None:
        for person in self._whose_it_is(but=but):
            self._tell(person, words, "You hold it or proposed it.")

    def _whose_it_is(self, *, but: User) -> set[User]:
        return {*self.insight.holders.all(), self.proposed_by} - {but}

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
