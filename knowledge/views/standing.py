"""How services stand against a framework: on its page, as one picture, for one service, and how it came about."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import SimpleLazyObject

from knowledge.models import Assessment, Guidance, Wording
from knowledge.permissions import may_assess, may_confirm, may_extend, may_see_standing
from knowledge.standing import Picture, picture
from knowledge.views.finding import guidance_for
from nhs_learning.people.models import Service
from nhs_learning.people.roles import LEAD


def panels(request: HttpRequest, guidance: Guidance, wordings: list[Wording]) -> dict[str, Any]:
    """What the guidance page shows beside the text: for a framework how services stand, and what the reader may do."""
    shown: dict[str, Any] = {
        "may_confirm": may_confirm(request.user, guidance),
        "may_extend": may_extend(request.user, guidance),
    }
    if guidance.kind == Guidance.Kind.SERVICE_FRAMEWORK and may_see_standing(request.user, guidance):
        shown["standing"] = SimpleLazyObject(lambda: picture(guidance, wordings))
        shown["mine"] = request.user.reach.services(LEAD) if guidance.state == Guidance.State.IN_FORCE else set()
    return shown


def whole(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """Every service against every standard, and what is being done."""
    framework = framework_for(request, trust, slug)
    shown = _shown(request, picture(framework, wordings_of(framework)))
    return render(request, "frameworks/standing.html", {"guidance": framework, **shown})


def one_service(request: HttpRequest, trust: str, slug: str, service: str) -> HttpResponse:
    """One service against every standard, with evidence."""
    framework = framework_for(request, trust, slug)
    place = get_object_or_404(framework.applies_to, slug=service)
    shown = _shown(request, picture(framework, wordings_of(framework), service=place))
    return render(request, "frameworks/one_service.html", {"guidance": framework, "service": place, **shown})


def assessments(request: HttpRequest, trust: str, slug: str, service: str, statement: str) -> HttpResponse:
    """All assessments of one service against one standard, the latest first, each with the wording that it saw."""
    framework = framework_for(request, trust, slug)
    place = get_object_or_404(Service.objects.of(framework.trust), slug=service)
    standard = get_object_or_404(framework.statements, key=statement)
    made = Assessment.objects.filter(service=place, statement=standard).select_related("by", "wording")
    return render(
        request,
        "frameworks/assessments.html",
        {
            "guidance": framework,
            "service": place,
            "statement": standard,
            "wording": next((w for w in wordings_of(framework) if w.statement_id == standard.pk), None),
            "made": made.with_edition().order_by("-at", "-pk"),
        },
    )


def framework_for(request: HttpRequest, trust: str, slug: str) -> Guidance:
    """The framework at this address, once in force, for people of its trust. Otherwise 404."""
    framework = guidance_for(request, trust, slug)
    is_one = framework.kind == Guidance.Kind.SERVICE_FRAMEWORK and framework.current is not None
    if not (is_one and may_see_standing(request.user, framework)):
        raise Http404("There is no such framework, or how services stand against it is not open to you.")
    return framework


def wordings_of(framework: Guidance) -> list[Wording]:
    """What the edition in force says, standard by standard."""
    return list(Wording.objects.filter(revision=framework.current_id).select_related("statement"))


def _shown(request: HttpRequest, standing: Picture) -> dict[str, Any]:
    in_force = standing.framework.state == Guidance.State.IN_FORCE
    mine = {row.service.pk for row in standing.rows if in_force and may_assess(request.user, row.service)}
    return {"standing": standing, "mine": mine}
