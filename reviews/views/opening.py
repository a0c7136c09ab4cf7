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
from routines.models import Pattern, RoutineRevision
from routines.permissions import may_answer_pattern


def new(request: HttpRequest) -> HttpResponse:
    """Choose a method; then say what the review is about."""
    me = request.user
    permissions.may_open_some_review(me).or_refuse()
    offered = methods.on_offer(me.trust)
    subject, pattern = _subject(request), _pattern(request)
    if pattern and (verdict := may_answer_pattern(me, pattern)).late and request.method != "POST":
        messages.warning(request, verdict.reason)
        return redirect(pattern)
    if pattern and not verdict.late:
        verdict.or_refuse()
    slug = request.GET.get("method")
    about = {"page_name": "reviews", "subject": subject, "pattern": pattern, "address": _address(subject, pattern)}
    if slug is None:
        return render(request, "reviews/choose.html", {**about, "methods": offered})
    method = next((one for one in offered if one.routine.slug == slug), None)
    if method is None:
        raise Http404("Your trust has no such method in force.")
    looking, data = "find" in request.POST, request.POST if request.method == "POST" else None
    form = OpenForm(data, user=me, subject=subject, pattern=pattern, looking=looking)
    shown = {**about, **_shown(form), "method": method}
    if not form.is_valid():
        return render(request, "reviews/open.html", {**shown, "held": all_held([form])})
    try:
        opened = _open(request, method, form)
    except Conflict as conflict:
        # What was typed stays; sent once more, it opens a review that is not about the pattern.
        shown |= {"overtaken": str(conflict), "address": _address(subject or form.cleaned_data["subject"], None)}
        return render(request, "reviews/open.html", shown, status=409)
    messages.success(request, f"The review is open. Its reference is {opened.reference}.")
    return _back_to(request, opened)


@transaction.atomic
def _open(request: HttpRequest, method: RoutineRevision, form: OpenForm) -> Review:
    opened = Review.begin(by=request.user, method=method, **form.details())
    record_confirmations([form], by=request.user, subject=opened, trust=opened.trust)
    return opened


def _pattern(request: HttpRequest) -> Pattern | None:
    """The pattern from whose page the reader comes."""
    pk = request.GET.get("pattern", "")
    seen = Pattern.objects.visible_to(request.user).with_words().select_related("trust")
    return seen.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None


def _address(subject: Any, pattern: Pattern | None) -> str:
    """What the addresses of the two steps carry on, to be followed by the method."""
    if pattern:
        return f"?pattern={pattern.pk}"
    return f"?guidance={subject.slug}" if isinstance(subject, Guidance) else "?"


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
