"""What follows from an area for improvement: a change that is suggested in the review, or an action that is agreed."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from knowledge.models import Conflict
from knowledge.views.quicker import was_quicker
from nhs_learning.record.forms import all_held, record_confirmations
from reviews import permissions
from reviews.forms.actions import AgreeForm, SubjectForm
from reviews.models import Action, Change, Finding, Review
from reviews.similar import in_the_making
from reviews.views.reviews import review_for


def suggest_change(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin a change in this review, from a new draft of its subject or of something else. Open changes to the same
    are shown first: ``shown`` says for which subject they were."""
    review, finding = _begun(request, review_for(request, reference))
    me, looking = request.user, "find" in request.POST
    form = SubjectForm(
        request.POST if request.method == "POST" else None, user=me, subject=review.subject, looking=looking
    )
    subject, similar = form.cleaned_data["subject"] if form.is_valid() else form.chosen("subject"), []
    if subject:
        similar = in_the_making(subject, reader=me)
    value = subject and form.picks["subject"].finder.value(subject)
    if form.is_valid() and (not similar or request.POST.get("shown") == value):
        if verdict := permissions.may_suggest(me, subject):
            try:
                return redirect(_begin(request, review, finding, subject))
            except Conflict as conflict:
                messages.error(request, str(conflict))
                return redirect(review)
        form.add_error("subject_words", verdict.reason)
    shown = {"review": review, "finding": finding, "form": form, "similar": similar, "subject": subject, "shown": value}
    return render(request, "reviews/suggest_change.html", {"page_name": "reviews", **shown})


@transaction.atomic
def _begin(request: HttpRequest, review: Review, finding: Finding | None, subject: object) -> str:
    draft = subject.start_draft(by=request.user)
    change = Change.begin(by=request.user, edition=draft, review=review, finding=finding)
    return reverse("change_write", args=[change.reference])


def agree_action(request: HttpRequest, reference: str) -> HttpResponse:
    """Agree on an action in this review."""
    review = review_for(request, reference)
    typed = "; ".join(filter(None, (request.POST.get(name) for name in ("what", "measure"))))
    if typed and (verdict := permissions.may_take_part(request.user, review)).late:
        return was_quicker(request, review, verdict.reason, typed=typed)
    review, finding = _begun(request, review)
    form = AgreeForm(request.POST if request.method == "POST" else None, review=review, looking="find" in request.POST)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("what", "owner", "due", "measure")}
        try:
            with transaction.atomic():
                action = Action.agree(by=request.user, review=review, finding=finding, **said)
                record_confirmations([form], by=request.user, subject=action, trust=review.trust)
        except Conflict as conflict:
            return was_quicker(request, review, str(conflict), typed=typed)
        else:
            messages.success(request, f"Agreed: {action.reference}, {action.owner.name} sees to it.")
        return redirect(f"{review.get_absolute_url()}#follows")
    shown = {"page_name": "reviews", "review": review, "finding": finding, "form": form, "held": all_held([form])}
    return render(request, "reviews/agree_action.html", shown)


def _begun(request: HttpRequest, review: Review) -> tuple[Review, Finding | None]:
    """The review, in which the reader takes part, and the finding from which they come."""
    permissions.may_take_part(request.user, review).or_refuse()
    number = request.GET.get("finding", "")
    finding = get_object_or_404(review.findings, pk=number) if number.isdecimal() and len(number) < 19 else None
    return review, finding
