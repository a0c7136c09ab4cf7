"""The page of a service: its people, what they have learned, its guidance, in the order that its nature asks for."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.directory import with_what_they_know
from knowledge.models import Community, Guidance, Insight, Member, Session
from nhs_learning.people.models import Membership, Service, User
from nhs_learning.people.models.service import beneath

#: How many people, insights and pieces of guidance it shows; the rest are a click away.
SHOWN = 8
#: How many communities and sessions.
MEETINGS = 5
#: What its nature means, as the page says it.
NATURES = {
    Service.Nature.INNOVATIVE: "Innovative: what people know carries the work here, so people and insights come first.",
    Service.Nature.MIXED: "Mixed: what people know and what is written down carry the work here together.",
    Service.Nature.ESTABLISHED: "Established: what is written down carries most of the work, so guidance comes first.",
}


def service(request: HttpRequest, service: str) -> HttpResponse:
    """What it is, who is in it and what they know, what they have learned, what is in force."""
    me = request.user
    found = _found(me, service)
    inside = beneath(me.tree(), found)
    people, insights = _people(me, found, inside), _insights(me, inside)
    shown = {
        "page_name": "browse",
        "service": found,
        "nature": NATURES[Service.Nature(found.nature)],
        "order": _order(found),
        "most": SHOWN,
        "people": people[:SHOWN],
        "more_people": len(people) > SHOWN,
        "insights": insights[:SHOWN],
        "more_insights": len(insights) > SHOWN,
        "communities": list(_communities(me, inside)[:MEETINGS]),
        "sessions": list(Session.objects.visible_to(me).filter(service__in=inside).to_come()[:MEETINGS]),
        **_guidance(me, inside),
    }
    return render(request, "services/page.html", shown)


def _found(me: User, slug: str) -> Service:
    """A service of the reader's trust, whose services they know already."""
    known = {one.slug: one for one in me.tree()}
    if slug not in known:
        raise Http404("There is no such service.")
    found = Service.objects.select_related("lead", "parent").get(pk=known[slug].pk)
    found.trust = me.trust
    return found


def _order(service: Service) -> list[list[str]]:
    """Which parts stand in which row."""
    if service.nature == Service.Nature.INNOVATIVE:
        return [["people", "insights"], ["meetings", "guidance"], ["routines"]]
    if service.nature == Service.Nature.MIXED:
        return [["people", "guidance"], ["routines", "insights"], ["meetings"]]
    return [["guidance", "routines"], ["people", "insights"], ["meetings"]]


def _people(me: User, service: Service, inside: set[int]) -> list[Any]:
    """Its lead first, then who said what to ask them about, then by name."""
    members = Membership.objects.filter(user=OuterRef("pk"), service__in=inside)
    here = User.objects.of(me.trust).here().filter(Exists(members) | Q(pk=service.lead_id))
    lead_first = Case(When(pk=service.lead_id, then=Value(0)), default=Value(1))
    ranked = with_what_they_know(here).annotate(topics=Count("expertise"))
    return list(ranked.order_by(lead_first, "-topics", "name")[: SHOWN + 1])


def _insights(me: User, inside: set[int]) -> list[Insight]:
    shared = Insight.objects.visible_to(me).shared().filter(service__in=inside)
    return list(shared.select_related("service").prefetch_related("holders")[: SHOWN + 1])


def _communities(me: User, inside: set[int]) -> Any:
    """Those that somebody of the service facilitates, or to which most of its people belong that belong to any."""
    theirs = Membership.objects.filter(service__in=inside).values("user")
    members = Count("members", filter=Q(members__state=Member.State.MEMBER, members__user__in=theirs))
    found = Community.objects.visible_to(me).open().annotate(of_ours=members)
    return found.filter(Q(of_ours__gte=1) | Q(facilitator__in=theirs)).order_by("-of_ours", "name")


def _guidance(me: User, inside: set[int]) -> dict[str, Any]:
    """What is in force in it or, of frameworks, applies to it."""
    applying = Guidance.applies_to.through.objects.filter(service__in=inside).values("guidance")
    ours = Guidance.objects.visible_to(me).of(me.trust_id).in_force()
    found = ours.filter(Q(service__in=inside) | Q(pk__in=applying))
    listed = list(found.select_related("trust", "service").order_by("title", "pk")[: SHOWN + 1])
    return {"guidance": listed[:SHOWN], "more_guidance": len(listed) > SHOWN}
