"""What the pages of guidance show of its use, through their slots: the way to say how one used it, how it is used, and
what was noticed in that. Readers of other trusts, and those who have not signed in, are shown nothing."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from knowledge.models import Guidance
from nhs_learning.people.permissions import is_of
from routines import in_use, permissions
from routines.models import Use

#: How many patterns stand on the page; the rest are a click away.
MOST = 3


def use_address(request: HttpRequest, guidance: Guidance) -> str:
    """Where one says how one statement was used, the same for all who may; "" for others. Part of what a kept text is
    kept by."""
    return _address(guidance) if permissions.may_record_use(request.user, guidance) else ""


def did_you_use_this(request: HttpRequest, guidance: Guidance) -> str:
    """Four ways to say how one used it; and just after, what was recorded, to be taken back."""
    if not permissions.may_record_use(request.user, guidance):
        return ""
    done = _just_recorded(request, guidance)
    may_undo = done and permissions.may_take_back_use(request.user, done)
    shown = {"guidance": guidance, "address": _address(guidance), "done": done, "may_undo": may_undo}
    return render_to_string("routines/did_you_use_this.html", {**shown, "choices": Use.How.choices}, request=request)


def how_it_is_used(request: HttpRequest, guidance: Guidance) -> str:
    """How it is used, in a line and a small picture; for those who are not to answer them, what was noticed. A service
    framework's page asks enough already, about how services stand: there it is a link."""
    if not is_of(request.user, guidance.trust_id) or guidance.current_id is None:
        return ""
    answers = permissions.may_see_reasons(request.user, guidance)
    counted = None if _is_framework(guidance) else _in_use(request, guidance)
    shown = {"guidance": guidance, "in_use": counted, "answers": answers}
    return render_to_string("routines/how_it_is_used.html", shown, request=request)


def patterns(request: HttpRequest, guidance: Guidance) -> str:
    """At the head of the page, for whoever may answer them: patterns noticed in its use. Those in the use of a service
    framework wait on the home page."""
    if _is_framework(guidance) or not permissions.may_see_reasons(request.user, guidance):
        return ""
    noticed = _in_use(request, guidance).patterns
    shown = {"patterns": noticed[:MOST], "more": len(noticed) - MOST}
    return render_to_string("routines/patterns_noticed.html", shown, request=request) if noticed else ""


def _is_framework(guidance: Guidance) -> bool:
    return guidance.kind == Guidance.Kind.SERVICE_FRAMEWORK


def _address(guidance: Guidance) -> str:
    return reverse("guidance_use", args=[guidance.trust.slug, guidance.slug])


def _just_recorded(request: HttpRequest, guidance: Guidance) -> Use | None:
    """What the reader recorded a moment ago (``?used=``)."""
    pk = request.GET.get("used", "")
    if not pk.isdecimal() or len(pk) > 18:
        return None
    mine = Use.objects.lately(by=request.user).filter(pk=int(pk), guidance=guidance.pk).with_number()
    return mine.select_related("guidance__trust").first()


def _in_use(request: HttpRequest, guidance: Guidance) -> in_use.InUse:
    """Asked once for each page, which is why the request carries it."""
    known: dict[int, in_use.InUse] = request.__dict__.setdefault("_in_use", {})
    if guidance.pk not in known:
        known[guidance.pk] = in_use.beside(guidance)
    return known[guidance.pk]
