"""What came of a session, and what becomes of that: an insight, a question, a change."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from knowledge.models.conversation import Conversation
from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from knowledge.models.insight import Insight
from knowledge.models.session import Session
from nhs_learning.people.models import Service, User

#: As many letters as the titles of insights and questions have.
LONGEST_TITLE = 150


class Output(models.Model):
    """Something that came of a session, and what became of it: an insight, a question, or a change (by reference)."""

    class Kind(models.TextChoices):
        INSIGHT = "insight", "Something we know now"
        QUESTION = "question", "A question to ask"
        CHANGE = "change", "Something to change"

    session = models.ForeignKey(Session, models.PROTECT, related_name="outputs")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField()
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="+")
    insight = models.ForeignKey(Insight, models.PROTECT, null=True, blank=True, related_name="came_of")
    conversation = models.ForeignKey(Conversation, models.PROTECT, null=True, blank=True, related_name="came_of")
    change_reference = models.CharField(max_length=30, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="what_came_of_a_session_is_said"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @transaction.atomic
    def became(
        self, *, insight: Insight | None = None, conversation: Conversation | None = None, change_reference: str = ""
    ) -> None:
        """Say what became of it, once: Conflict where somebody took it up before."""
        untaken = Output.objects.filter(pk=self.pk, insight=None, conversation=None, change_reference="")
        if not untaken.update(insight=insight, conversation=conversation, change_reference=change_reference):
            raise Conflict("Somebody took this up already.")
        self.refresh_from_db()

    @transaction.atomic
    def make_insight(self, *, by: User) -> Insight:
        """Begin an insight of it, which whoever begins it holds together with whoever wrote it down, if they are here.
        Conflict where somebody took it up before, or where the trust has no service that it could be of."""
        service = self._service_for(by)
        if service is None:
            raise Conflict("The trust has no services yet, so an insight can't be of one.")
        with_them = [self.by] if self.by != by and self.by.is_active and self.by.trust_id == by.trust_id else []
        guidance = self._guidance_for(by)
        about = {"guidance": guidance, "relation": Insight.Relation.GREW_FROM} if guidance else {}
        said: dict[str, Any] = {"title": self._in_short(), "practice": self.text, "kind": Insight.Kind.LESSON, **about}
        insight = Insight.begin(by=by, service=service, together_with=with_them, **said)
        self.became(insight=insight)
        return insight

    def _guidance_for(self, person: User) -> Guidance | None:
        """What it is about, if the person may see it."""
        return Guidance.objects.visible_to(person).filter(pk=self.guidance_id).first()

    def _in_short(self) -> str:
        return self.text if len(self.text) <= LONGEST_TITLE else f"{self.text[: LONGEST_TITLE - 1].rstrip()}…"

    def _service_for(self, person: User) -> Service | None:
        """Of which service an insight is at first: one of the person's own, or the session's, or any."""
        services, own = Service.objects.of(person.trust), person.reach.own_services()
        return services.filter(pk__in=own).first() or self.session.service or services.first()

    @transaction.atomic
    def ask(self, *, by: User) -> Conversation:
        """Put it to the community as a question. Conflict where somebody took it up before."""
        community = self.session.community
        if community is None or community.ended_at is not None:
            raise Conflict("There is no community to ask: ask a colleague.")
        question = self._in_short()
        about: dict[str, Any] = {
            "guidance": self._guidance_for(by),
            "detail": self.text if question != self.text else "",
        }
        asked = Conversation.ask(by=by, community=community, question=question, **about)
        self.became(conversation=asked)
        return asked

    @property
    def is_taken_up(self) -> bool:
        return bool(self.insight_id or self.conversation_id or self.change_reference)
