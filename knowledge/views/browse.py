"""Finding guidance without searching: by service, topic, kind, A to Z; and what is due for review."""

from __future__ import annotations

import string
from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.models import Guidance, Topic
from knowledge.models.guidance import GuidanceQuerySet
from nhs_learning.people.models import Service

PER_PAGE = 50
#: What a list may be narrowed by, as its address says it.
NARROWED_BY = ("service", "topic", "kind", "letter", "from", "withdrawn")


def browse(request: HttpRequest) -> HttpResponse:
    """Everything that the reader may see, by service, topic, kind and first letter, together or one by one."""
    asked = {name: value for name in NARROWED_BY if (value := request.GET.get(name, "").strip())}
    open_to_me = Guidance.objects.visible_to(request.user).select_related("trust", "service")
    if asked.get("from") != "all":
        open_to_me = open_to_me.of(request.user.trust_id)
    in_force = open_to_me.published() if "withdrawn" in asked else open_to_me.in_force()
    services = Service.objects.of(request.user.trust_id).select_related("lead").as_tree()
    service = _chosen(services, asked.get("service"))
    topic = _topic(asked.get("topic"))
    found = _narrowed(in_force, asked, services, service, topic).order_by("title")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "browse.html",
        {
            "page_name": "browse",
            "asked": asked,
            "chips": _chips(asked, service, topic),
            "service": service,
            "services": _with_counts(services, in_force),
            "topics": _topics(in_force),
            "kinds": _kinds(in_force),
            "letters": string.ascii_uppercase,
            "page": page,
            "with_": lambda **more: "?" + urlencode({**asked, **more}),
            "without": lambda name: "?" + urlencode({key: value for key, value in asked.items() if key != name}),
        },
    )


def _chosen(services: list[Service], slug: str | None) -> Service | None:
    if slug is None:
        return None
    for service in services:
        if service.slug == slug:
            return service
    raise Http404("There is no such service.")


def _topic(slug: str | None) -> Topic | None:
    return Topic.objects.filter(slug=slug).first() if slug else None


def _narrowed(
    guidance: GuidanceQuerySet,
    asked: dict[str, str],
    services: list[Service],
    service: Service | None,
    topic: Topic | None,
) -> GuidanceQuerySet:
    if service:
        guidance = guidance.filter(Q(service__in=_beneath(services, service)) | Q(applies_to=service)).distinct()
    if "topic" in asked:
        guidance = guidance.filter(topic_uses__tag=topic) if topic else guidance.none()
    if asked.get("kind") in Guidance.Kind.values:
        guidance = guidance.filter(kind=asked["kind"])
    if "letter" in asked:
        guidance = guidance.filter(title__istartswith=asked["letter"][0])
    return guidance


def _beneath(services: list[Service], service: Service) -> set[int]:
    """The service and all that are beneath it. The list is in the tree's order, parents first."""
    inside = {service.pk}
    for other in services:
        if other.parent_id in inside:
            inside.add(other.pk)
    return inside


def _with_counts(services: list[Service], guidance: GuidanceQuerySet) -> list[tuple[Service, int]]:
    """Each service with how much there is in it and beneath it."""
    own = dict(guidance.order_by().values_list("service").annotate(Count("pk")))
    return [(service, sum(own.get(pk, 0) for pk in _beneath(services, service))) for service in services]


def _topics(guidance: GuidanceQuerySet) -> list[Topic]:
    used = Count("guidance_uses", filter=Q(guidance_uses__content_object__in=guidance.order_by().values("pk")))
    return list(Topic.objects.annotate(used=used).filter(used__gt=0))


def _kinds(guidance: GuidanceQuerySet) -> list[tuple[str, str, int]]:
    counts = Counter(dict(guidance.order_by().values_list("kind").annotate(Count("pk"))))
    return [(value, label, counts[value]) for value, label in Guidance.Kind.choices if counts[value]]


def _chips(asked: dict[str, str], service: Service | None, topic: Topic | None) -> list[tuple[str, str]]:
    """What the list is narrowed by, as (name, words)."""
    words: dict[str, Any] = {
        "service": service and service.name,
        "topic": topic.name if topic else asked.get("topic"),
        "kind": dict(Guidance.Kind.choices).get(asked.get("kind", "")),
        "letter": f"Begins with {asked.get('letter', '')[:1].upper()}",
        "from": "Also from other trusts",
        "withdrawn": "Also withdrawn",
    }
    return [(name, words[name]) for name in asked if words[name]]


def due_for_review(request: HttpRequest) -> HttpResponse:
    """What is overdue or due within six months in the trust, who owns it, and how long it has waited."""
    trust = request.user.trust_id
    due = Guidance.objects.visible_to(request.user).of(trust).due_for_review()
    due = due.select_related("trust", "service", "owner", "deputy")
    mine, service = bool(request.GET.get("mine")), request.GET.get("service", "")
    if mine:
        due = due.filter(Q(owner=request.user) | Q(deputy=request.user))
    services = Service.objects.of(trust).as_tree()
    if service:
        due = due.filter(service__in=_beneath(services, _chosen(services, service)))
    context = {"page_name": "due", "due": list(due), "services": services, "service": service, "mine": mine}
    return render(request, "due_for_review.html", context)
