"""Where a question is asked: of a colleague or a community, about guidance, an insight, a topic, or none of these."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from knowledge import permissions
from knowledge.forms.conversations import AskForm
from knowledge.models import Community, Conflict, Conversation, Guidance, GuidanceTopic, Insight, Statement, Topic
from knowledge.whom import whom_to_ask
from nhs_learning.people.models import User
from nhs_learning.people.verdicts import YES, Verdict
from nhs_learning.record.forms import all_held, record_confirmations

#: How many communities are offered.
COMMUNITIES = 3


def ask(request: HttpRequest) -> HttpResponse:
    """Ask. The address may name whom (``to``, ``community``) and about what (``guidance``, ``statement``, ``insight``,
    ``topic``); what the reader may not see, and nonsense, is let be."""
    about = About(request)
    data = request.POST if request.method == "POST" else None
    form = AskForm(
        data,
        user=request.user,
        likely=about.likely if data is not None or not about.chosen else [],
        chosen=about.chosen,
        about=(about.guidance, [topic.pk for topic in about.topics]),
        looking="find" in request.POST,
    )
    if form.is_valid():
        try:
            asked = _ask(request, about, form)
        except Conflict as conflict:
            form.add_error("to_words", str(conflict))
        else:
            told = form.cleaned_data["to"]
            who = f"The members of {told.name}" if isinstance(told, Community) else told.name
            messages.success(request, f"Asked. {who} will be told.")
            return redirect(asked)
    shown = {"about": about, "form": form, "held": all_held([form]), "page_name": "conversations"}
    return render(request, "conversations/ask.html", shown, status=422 if form.errors else 200)


@transaction.atomic
def _ask(request: HttpRequest, about: About, form: AskForm) -> Conversation:
    me, said = request.user, form.asked_of()
    topics = about.topics or list(said["community"].topics.all() if "community" in said else ())
    asked = Conversation.ask(by=me, topics=topics, **about.things(), **said)
    record_confirmations([form], by=me, subject=asked, trust=asked.trust)
    return asked


class About:
    """What a question is about and whom it is put to, as the address says, as far as the reader may see it."""

    def __init__(self, request: HttpRequest):
        self.me: User = request.user
        self.asked = {name: int(value) for name, value in request.GET.items() if value.isdecimal() and len(value) < 19}
        self.slug = request.GET.get("community", "")

    def _one(self, found: Any, name: str) -> Any:
        return found.filter(pk=self.asked[name]).first() if name in self.asked else None

    @cached_property
    def insight(self) -> Insight | None:
        return self._one(Insight.objects.visible_to(self.me).shared(), "insight")

    @cached_property
    def _named_statement(self) -> Statement | None:
        return self._one(Statement.objects.all(), "statement")

    @cached_property
    def guidance(self) -> Guidance | None:
        """That which is named, or to which the statement belongs, or which the insight is about."""
        statement = self._named_statement
        pk = statement.guidance_id if statement else self.asked.get("guidance")
        pk = pk or (self.insight.guidance_id if self.insight else None)
        found = Guidance.objects.visible_to(self.me).published().select_related("trust", "service", "owner", "current")
        return found.filter(pk=pk).first() if pk else None

    @cached_property
    def statement(self) -> Statement | None:
        return self._named_statement if self.guidance else None

    @cached_property
    def wording(self) -> Any:
        """What the statement says now."""
        current = self.guidance.current if self.guidance else None
        return current.wordings.filter(statement=self.statement).first() if current and self.statement else None

    @cached_property
    def topics(self) -> list[Topic]:
        of_guidance = GuidanceTopic.objects.filter(content_object=self.guidance).values("tag")
        of_insight = Insight.topics.through.objects.filter(insight=self.insight).values("topic")
        about = Q(pk=self.asked.get("topic"))
        about |= Q(pk__in=of_guidance) if self.guidance else Q()
        about |= Q(pk__in=of_insight) if self.insight else Q()
        return list(Topic.objects.filter(about)) if self.guidance or self.insight or "topic" in self.asked else []

    @cached_property
    def person(self) -> User | None:
        """The colleague whom the address names."""
        return self._one(User.objects.of(self.me.trust).here().exclude(pk=self.me.pk), "to")

    @cached_property
    def community(self) -> Community | None:
        found = Community.objects.visible_to(self.me).open()
        return found.filter(slug=self.slug).first() if self.slug else None

    @cached_property
    def may(self) -> Verdict:
        """May that colleague be asked?"""
        if self.person is None:
            return YES
        topics = [topic.pk for topic in self.topics]
        return permissions.may_ask(self.me, self.person, guidance=self.guidance, topics=topics)

    @cached_property
    def chosen(self) -> list[Any]:
        """Whom the address chooses, if they may be asked."""
        if self.person and self.may:
            return [self.person]
        return [self.community] if self.community and not self.person else []

    @cached_property
    def likely(self) -> list[Any]:
        """Who is likely to know: those who shared the insight, colleagues, and communities of these topics."""
        topics = [topic.pk for topic in self.topics]
        people = whom_to_ask(self.me, guidance=self.guidance, topics=topics) if topics or self.guidance else []
        theirs = Community.topics.through.objects.filter(topic__in=topics).values("community")
        communities = Community.objects.visible_to(self.me).open().filter(pk__in=theirs)[:COMMUNITIES]
        holders = self.insight.holders.exclude(pk=self.me.pk) if self.insight and self.insight.ask_me else ()
        return [*holders, *people, *(communities if topics else ())]

    def things(self) -> dict[str, Any]:
        """As ``Conversation.ask`` takes them."""
        return {"guidance": self.guidance, "statement": self.statement, "insight": self.insight}
