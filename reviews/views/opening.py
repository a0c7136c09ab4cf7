"""Opening a review: the method first, then one short form; and changing its head, its people, its facilitator."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from knowledge.models import Conflict, Guidance
from knowledge.views.quicker import was_quicker
from nhs_learning.people.models import User
from nhs_learning.record.forms import all_held, record_confirmations
from reviews import methods, permissions
from reviews.forms.opening import DetailsForm, FacilitatorForm, OpenForm, ParticipantsForm, head_mark
from reviews.models import Review
from reviews.views.reviews import review_for


def new(request: HttpRequest) -> HttpResponse:
    """Choose a method; then say what the review is about."""
    me = request.user
    permissions.may_open_some_review(me).or_refuse()
    offered = methods.on_offer(me.trust)
    subject = _subject(request)
    slug = request.GET.get("method")
    if slug is None:
        return render(request, "reviews/choose.html", {"page_name": "reviews", "methods": offered, "subject": subject})
    method = next((one for one in offered if one.routine.slug == slug), None)
    if method is None:
        raise Http404("Your trust has no such method in force.")
    looking = "find" in request.POST
    form = OpenForm(request.POST if request.method == "POST" else None, user=me, subject=subject, looking=looking)
    if form.is_valid():
        with transaction.atomic():
            opened = Review.begin(by=me, method=method, **form.details())
            record_confirmations([form], by=me, subject=opened, trust=me.trust)
        messages.success(request, f"The review is open. Its reference is {opened.reference}.")
        return _back_to(request, opened)
    return render(request, "reviews/open.html", {**_shown(form), "method": method, "subject": subject})


def _subject(request: HttpRequest) -> Guidance | None:
    """The guidance from whose page the reader comes."""
    ours = Guidance.objects.visible_to(request.user).of(request.user.trust).in_force()
    slug = request.GET.get("guidance")
    return ours.filter(slug=slug).select_related("service", "trust").first() if slug else None


def details(request: HttpRequest, reference: str) -> HttpResponse:
    """Change what is known of an open review. ``seen`` tells what the form began with."""
    review = review_for(request, reference)
    typed = "; ".join(filter(None, (request.POST.get(name) for name in ("title", "outside_reference"))))
    verdict = permissions.may_facilitate(request.user, review)
    if typed and verdict.late:
        return was_quicker(request, review, verdict.reason, typed=typed)
    verdict.or_refuse()
    me, looking = request.user, "find" in request.POST
    data = request.POST if request.method == "POST" else None
    form = DetailsForm(data, user=me, review=review, subject=review.subject, looking=looking)
    now = head_mark(review)
    overtaken = data is not None and not looking and data.get("seen") != now
    if not overtaken and form.is_valid():
        said = {name: value for name, value in form.details().items() if getattr(review, name) != value}
        return _done(request, review, "Saved.", lambda: said and review.describe(by=me, **said), form)
    seen = now if data is None or overtaken else data.get("seen")
    shown = {**_shown(form), "review": review, "seen": seen, "overtaken": overtaken}
    return render(request, "reviews/details.html", shown, status=409 if overtaken else 200)


def people(request: HttpRequest, reference: str) -> HttpResponse:
    """Who takes part: include and remove people, hand facilitation over."""
    review = _facilitated(request, reference)
    me, sent, looking = request.user, request.POST.get("do", ""), "find" in request.POST
    data = request.POST if request.method == "POST" else None
    asked = sent or request.POST.get("find", "")
    adding = ParticipantsForm(data if asked == "include" else None, review=review, looking=looking)
    handing = FacilitatorForm(data if asked == "hand_over" else None, review=review, looking=looking)
    if sent == "remove":
        person = next((one for one in review.participants.all() if str(one.pk) == request.POST.get("person")), None)
        if person is None:
            raise Http404("Nobody of that kind takes part.")
        return _done(request, review, f"{person.name} no longer takes part.", lambda: review.remove(person, by=me))
    if sent == "include" and adding.is_valid():
        found = [one for one in adding.cleaned_data["people"] if one.pk != review.facilitator_id]
        return _done(request, review, f"Now in it, too: {_names(found)}.", lambda: _include(review, found, by=me))
    if sent == "hand_over" and handing.is_valid():
        to = handing.cleaned_data["facilitator"]
        return _done(request, review, f"{to.name} facilitates it now.", lambda: review.hand_over(by=me, to=to))
    shown = {"page_name": "reviews", "review": review, "adding": adding, "handing": handing}
    return render(request, "reviews/people.html", shown)


def _include(review: Review, found: list[User], *, by: User) -> None:
    for person in found:
        review.include(person, by=by)


def _names(found: list[User]) -> str:
    return ", ".join(person.name for person in found) or "nobody new"


def _facilitated(request: HttpRequest, reference: str) -> Review:
    review = review_for(request, reference)
    permissions.may_facilitate(request.user, review).or_refuse()
    return review


def _done(request: HttpRequest, review: Review, words: str, verb: Any, form: Any = None) -> HttpResponse:
    """Do it, say so, and go back to the review; or to the list, where the reader no longer sees the review."""
    try:
        with transaction.atomic():
            verb()
            record_confirmations([form] if form else [], by=request.user, subject=review, trust=review.trust)
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return _back_to(request, review)
    messages.success(request, words)
    return _back_to(request, review)


def _back_to(request: HttpRequest, review: Review) -> HttpResponse:
    still = Review.objects.visible_to(request.user).filter(pk=review.pk).exists()
    return redirect(review) if still else redirect("reviews")


def _shown(form: Any) -> dict[str, Any]:
    return {"page_name": "reviews", "form": form, "held": all_held([form])}
