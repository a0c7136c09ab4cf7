"""What people do in a conversation, each with who may, the form that it takes and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from knowledge import permissions
from knowledge.forms.conversations import AskNextForm, InsightServiceForm, LessonForm, PassOnForm, SayForm
from knowledge.models import Conflict, Conversation
from knowledge.views.quicker import was_quicker
from knowledge.whom import whom_to_ask
from nhs_learning.people.models import User
from nhs_learning.people.verdicts import Verdict
from nhs_learning.record.forms import record_confirmations

#: What people type that is given back to them when a colleague was quicker.
TYPED = ("text", "why", "lesson")


@dataclass(frozen=True)
class Deed:
    """One thing that is done: who may, how, and what is said then."""

    may: Callable[[User, Conversation], Verdict]
    do: Callable[[Conversation, User, dict[str, Any]], Any]
    said: str
    form: str = ""  # the name of the form that it takes


def _says(conversation: Conversation, me: User, said: dict[str, Any]) -> None:
    conversation.say(by=me, text=said["text"])


DEEDS = {
    "answer": Deed(permissions.may_answer, _says, "Thank you. {asker} is told.", "answer"),
    "take": Deed(permissions.may_take, lambda one, me, _: one.accept(by=me), "Thank you. {asker} is told.", ""),
    "say": Deed(permissions.may_say, _says, "Sent.", "say"),
    "pass_on": Deed(
        permissions.may_pass_on,
        lambda one, me, said: one.pass_on(by=me, to=said["to"], why=said["why"]),
        "Thank you. {answerer} and {asker} are told.",
        "pass_on",
    ),
    "ask_next": Deed(
        permissions.may_ask_next,
        lambda one, me, said: one.ask_next(by=me, to=said["to"]),
        "Asked. {answerer} will be told.",
        "ask_next",
    ),
    "take_back": Deed(permissions.may_take_back, lambda one, me, _: one.withdraw(by=me), "You have taken it back."),
    "close": Deed(permissions.may_close, lambda one, me, _: one.close(by=me), "Closed. What did you learn?"),
    "learn": Deed(
        permissions.may_learn,
        lambda one, me, said: one.learn(by=me, text=said["lesson"]),
        "Thank you. You both see it.",
        "learn",
    ),
    "keep": Deed(
        permissions.may_keep_between, lambda one, me, _: one.keep_between_them(by=me), "The trust does not read it."
    ),
    "make_insight": Deed(
        permissions.may_make_insight,
        lambda one, me, said: one.make_insight(by=me, service=said["service"]),
        "You both hold it. Put it into words together, then share it.",
        "make_insight",
    ),
}


def may(me: User, conversation: Conversation) -> dict[str, bool]:
    """Which of them this person may do now."""
    return {name: bool(deed.may(me, conversation)) for name, deed in DEEDS.items()}


def forms(me: User, conversation: Conversation, may: dict[str, bool]) -> dict[str, Any]:
    """The forms of all that they may do."""
    return {name: _form(name, me, conversation) for name, deed in DEEDS.items() if deed.form and may[name]}


def _form(name: str, me: User, conversation: Conversation, data: Any = None, *, looking: bool = False) -> Any:
    if name in ("answer", "say"):
        return SayForm(data, label="Your answer" if name == "answer" else "Say more")
    if name == "learn":
        return LessonForm(data, use_required_attribute=False)
    if name == "make_insight":
        return InsightServiceForm(data, user=me, conversation=conversation)
    form = PassOnForm if name == "pass_on" else AskNextForm
    asked = [*(one.who_id for one in conversation.askings.all()), conversation.asker_id]
    guidance, topics = conversation.guidance, conversation.topic_ids
    likely = whom_to_ask(me, guidance=guidance, topics=topics, but=asked)
    return form(data, user=me, likely=likely, about=(guidance, topics), asked=asked, looking=looking)


def do(request: HttpRequest, conversation: Conversation, name: str) -> HttpResponse | django_forms.BaseForm | None:
    """Do it: None when it is done, the form where that has to be mended first, or where else to go."""
    me, deed = request.user, DEEDS[name]
    verdict = deed.may(me, conversation)
    if verdict.late:
        return was_quicker(request, conversation, verdict.reason, typed=_typed(request))
    verdict.or_refuse()
    form = None
    if deed.form:
        form = _form(name, me, conversation, request.POST, looking="find" in request.POST)
        if not form.is_valid():
            return form
    try:
        came = _do(deed, conversation, me, form)
    except Conflict as conflict:
        return was_quicker(request, conversation, str(conflict), typed=_typed(request))
    names = {"asker": conversation.asker.name, "answerer": conversation.answerer and conversation.answerer.name}
    messages.success(request, deed.said.format(**names))
    return redirect("insight_write", came.pk) if name == "make_insight" else None


@transaction.atomic
def _do(deed: Deed, conversation: Conversation, me: User, form: Any) -> Any:
    came = deed.do(conversation, me, form.cleaned_data if form else {})
    if hasattr(form, "said_otherwise"):
        record_confirmations([form], by=me, subject=conversation, trust=conversation.trust)
    return came


def is_not_asked_any_more(request: HttpRequest) -> HttpResponse:
    """Somebody else was asked meanwhile, so they don't see it any more; what they typed is given back."""
    what = "This question is with somebody else now, so you need not answer it."
    return was_quicker(request, "conversations", what, typed=_typed(request))


def _typed(request: HttpRequest) -> str:
    return "; ".join(filter(None, (request.POST.get(name, "").strip() for name in TYPED)))
