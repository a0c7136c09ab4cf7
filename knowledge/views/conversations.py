"""Questions to colleagues and communities: one's lists of them, one of them, and what waits on the home page."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import OuterRef, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from knowledge.models import Asking, Conversation, Guidance, Insight, Topic
from knowledge.views import conversing
from nhs_learning.people.models import User
from nhs_learning.record.forms import all_held

#: How many of each list stand on the first page, on a page of one list, and on the home page.
FIRST, PER_PAGE, AT_HOME = 5, 25, 3
#: The lists, with what they are called.
LISTS = {
    "to-answer": "For you to answer",
    "asked": "You asked",
    "communities": "Of your communities",
    "answered": "You answered",
    "lately": "Answered lately in the trust",
}


def conversations(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, what they asked, what others may read; one list alone (``?list=``), page by page,
    perhaps of one topic (``?topic=``)."""
    chosen = request.GET.get("list")
    topic = Topic.objects.filter(slug=request.GET.get("topic", "").replace("\0", "")).first()
    lists = _lists(request.user)
    shown: dict[str, Any] = {"page_name": "conversations", "LISTS": LISTS, "FIRST": FIRST}
    if chosen in LISTS:
        found = lists[chosen].filter(topics=topic) if topic else lists[chosen]
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        return render(request, "conversations/one_list.html", {**shown, "chosen": chosen, "page": page, "topic": topic})
    found = {name: list(of[: FIRST + 1]) for name, of in lists.items()}
    return render(request, "conversations/list.html", {**shown, "found": found})


def _lists(me: User) -> dict[str, Any]:
    every = Conversation.objects.select_related("asker", "answerer", "community")
    own = every.filter(answerer=me, state__in=[Conversation.State.ANSWERED, Conversation.State.CLOSED])
    lately = every.open_to_all().filter(trust=me.trust_id).order_by("-closed_at")
    return {
        "to-answer": every.waiting_for(me),
        "asked": every.asked_by(me),
        "communities": every.for_the_taking(me),
        "answered": own.order_by("-answered_at"),
        "lately": lately,
    }


def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, for those who may read it; what is sent to it says in ``do`` what is done."""
    found = find(request.user, pk)
    if request.method == "POST":
        deed = request.POST.get("do") or request.POST.get("find") or ""
        if deed not in conversing.DEEDS:
            raise Http404("There is nothing of that kind to do.")
        if found is None and Asking.objects.filter(conversation=pk, who=request.user).exists():
            return conversing.is_not_asked_any_more(request)
    if found is None:
        raise Http404("There is no such question, or it is between others.")
    if request.method != "POST":
        return _page(request, found)
    done = conversing.do(request, found, deed)
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return _page(request, found, {deed: done}, status=200 if "find" in request.POST else 422)
    return redirect(found) if find(request.user, pk) else redirect("conversations")


def find(user: User, pk: int) -> Conversation | None:
    """That conversation, if this person may read it: with all that its page shows of it, and ``topic_ids``."""
    one: Any = Conversation.objects.visible_to(user).filter(pk=pk)
    one = one.select_related("trust", "asker", "answerer", "community", "statement", "guidance__service")
    steps = Prefetch("askings", Asking.objects.select_related("who", "suggested_by"))
    topics = Conversation.topics.through.objects.filter(conversation=OuterRef("pk")).values("topic")
    return one.prefetch_related(steps).annotate(topic_ids=ArraySubquery(topics)).first()


def _page(request: HttpRequest, found: Conversation, forms: Any = None, status: int = 200) -> HttpResponse:
    me, closed = request.user, found.state == Conversation.State.CLOSED
    may = conversing.may(me, found)
    forms = conversing.forms(me, found, may) | (forms or {})
    lessons = list(found.lessons.select_related("by")) if closed else []
    readable = Guidance.objects.visible_to(me).published().filter(pk=found.guidance_id)
    insights = Insight.objects.visible_to(me)
    shown = {
        "page_name": "conversations",
        "conversation": found,
        "messages_said": list(found.messages.select_related("by")),
        "steps": list(found.askings.all()),
        "lessons": lessons,
        "mine_said": any(one.by_id == me.pk for one in lessons),
        "guidance_asked": readable.select_related("trust").first() if found.guidance_id else None,
        "insight_asked": insights.filter(pk=found.insight_id).first() if found.insight_id else None,
        "insight_made": insights.filter(conversation=found).first() if closed else None,
        "mine": found.includes(me),
        "other": found.other(me) if found.includes(me) else None,
        "may": may,
        "forms": forms,
        "held": {deed: all_held([form]) for deed, form in forms.items()},
        "amiss": next((form for form in forms.values() if form.errors), None),
    }
    return render(request, "conversations/page.html", shown, status=status)


def waiting_for_me(request: HttpRequest, _: object = None) -> str:
    """For the home page: what the reader was asked, and answers to what they asked; nothing where nothing waits. One
    query."""
    if not request.user.is_authenticated or request.user.trust_id is None:
        return ""
    found = Conversation.objects.to_do_for(request.user).select_related("asker", "answerer")
    waiting = list(found[: AT_HOME + 1])
    if not waiting:
        return ""
    shown = {"waiting": waiting[:AT_HOME], "more": len(waiting) > AT_HOME}
    return render_to_string("conversations/waiting.html", shown, request=request)
