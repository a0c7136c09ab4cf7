"""Communities of practice: what each is for, who belongs, what they do together, and joining them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.forms.communities import JoinForm
from knowledge.models import Community, Conflict, Conversation, Guidance, Insight, Member, Output, Session, Topic
from nhs_learning.people.models import User
from nhs_learning.record.forms import all_held, record_confirmations

A_PAGE = 50
#: How many of a kind the page of a community shows.
SHOWN = 6

_TOPICS = (
    Topic.objects.filter(communities=OuterRef("pk")).order_by("name").values(topic=JSONObject(slug="slug", name="name"))
)
_OUTPUTS = Output.objects.filter(session=OuterRef("pk")).values(output=JSONObject(kind="kind", text="text"))


def communities(request: HttpRequest) -> HttpResponse:
    """The reader's own, then the others of their trust, each with its size and when it meets next."""
    me = request.user
    meets = Session.objects.to_come().filter(community=OuterRef("pk")).values("on")[:1]
    found = Community.objects.visible_to(me).open().with_figures(me).annotate(meets_on=Subquery(meets))
    found = found.select_related("facilitator")
    others = Paginator(found.exclude(standing=Member.State.MEMBER), A_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page_name": "communities",
        "mine": list(found.filter(standing=Member.State.MEMBER)),
        "others": others,
        "address_of_page": lambda number: f"?page={number}#others",
        "may_begin": permissions.may_begin_community(me),
    }
    return render(request, "communities/list.html", shown)


def community(request: HttpRequest, slug: str) -> HttpResponse:
    """What one is for, who belongs to it, when it meets, what its members know, and what they were asked."""
    return page(request, community_for(request, slug), JoinForm(use_required_attribute=False))


@require_POST
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Join, or ask to, with a word on why."""
    found, form = community_for(request, slug), JoinForm(request.POST, use_required_attribute=False)
    if not (verdict := permissions.may_join(request.user, found)):
        messages.warning(request, verdict.reason)
        return redirect(found)
    if not form.is_valid():
        return page(request, found, form, status=422)
    try:
        with transaction.atomic():
            member = found.join(by=request.user, why=form.cleaned_data["why"])
            record_confirmations([form], by=request.user, subject=found, trust=found.trust)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        now = member.state == Member.State.MEMBER
        asked = f"{found.facilitator.name} is told that you ask to join."
        messages.success(request, f"Welcome: you are a member of {found.name}." if now else asked)
    return redirect(found)


@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave, or take back that one asked to join."""
    found = community_for(request, slug)
    permissions.may_leave(request.user, found).or_refuse()
    try:
        found.part_with(by=request.user, person=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, f"You are no longer a member of {found.name}. You can come back at any time.")
    return redirect(found)


def community_for(request: HttpRequest, slug: str) -> Community:
    """The community at this address, if it is of the reader's trust. With its topics: one query."""
    seen = Community.objects.visible_to(request.user).select_related("facilitator", "trust", "ended_by")
    found = seen.annotate(topic_list=ArraySubquery(_TOPICS)).filter(slug=slug).first()
    if found is None:
        raise Http404("There is no such community in your trust.")
    return found


def page(request: HttpRequest, found: Community, form: JoinForm, status: int = 200) -> HttpResponse:
    me, people = request.user, found.people()
    sessions = _sessions(found)
    leads = permissions.may_lead_community(me, found)
    shown = {
        "page_name": "communities",
        "community": found,
        "topics": [{"name": one["name"], "url": reverse("topic", args=[one["slug"]])} for one in found.topic_list],
        "people": people,
        "waiting": found.waiting() if leads else [],
        "standing": found.standing_of(me),
        "to_come": sorted((one for one in sessions if one.state == "planned"), key=lambda one: (one.on, one.begins)),
        "held": [one for one in sessions if one.state == "held"],
        **_what_is_known(found, me, people),
        "ask_address": f"{reverse('ask')}?community={found.slug}",
        "form": form,
        "held_numbers_of": all_held([form]),
        "may_join": permissions.may_join(me, found),
        "may_leave": permissions.may_leave(me, found),
        "may_plan": permissions.may_plan_session(me, found),
        "leads": leads,
    }
    return render(request, "communities/page.html", shown, status=status)


def _sessions(found: Community) -> list[Session]:
    """Those to come and those held last, each with what came of it, in one query."""
    ours = Session.objects.filter(community=found)
    which = ours.to_come().values("pk")[:SHOWN].union(ours.held().values("pk")[:SHOWN])
    about = Session.objects.filter(pk__in=which).select_related("facilitator")
    return list(about.annotate(output_list=ArraySubquery(_OUTPUTS)))


def _what_is_known(found: Community, me: User, people: list[User]) -> dict[str, Any]:
    """What stands on its page of insights, guidance and questions, of each what the reader may see."""
    slugs = [one["slug"] for one in found.topic_list]
    filed = Guidance.objects.filter(topic_uses__tag__slug__in=slugs).values("pk")
    holders = User.objects.filter(insights=OuterRef("pk")).order_by("name").values("name")
    theirs = Insight.holders.through.objects.filter(insight=OuterRef("pk"), user__in=[one.pk for one in people])
    told = (
        Insight.objects.visible_to(me)
        .shared()
        .filter(Q(pk__in=Insight.objects.filter(topics__slug__in=slugs).values("pk")) | Q(guidance__in=filed))
    )
    told = told.annotate(by_member=Exists(theirs), told_by=ArraySubquery(holders))
    guidance = Guidance.objects.visible_to(me).in_force().filter(pk__in=filed, trust=found.trust_id)
    asked = Conversation.objects.visible_to(me).filter(community=found).exclude(state=Conversation.State.WITHDRAWN)
    return {
        "insights": list(told.order_by("-by_member", "-shared_at")[:SHOWN]) if slugs else [],
        "guidance_list": list(guidance.select_related("trust", "service")[:SHOWN]) if slugs else [],
        "questions": list(asked.select_related("asker").order_by("-asked_at")[:SHOWN]),
    }
