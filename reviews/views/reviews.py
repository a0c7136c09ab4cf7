"""Learning reviews: the list of one's own, and the one page on which each is held, from its trigger to its closing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from knowledge.models import Conflict
from nhs_learning.record import clock
from nhs_learning.record.forms import all_held, written_by_another
from reviews import permissions
from reviews.forms.writing import FACTORS
from reviews.models import Action, Answer, Change, Finding, Review
from reviews.sheet import Sheet
from reviews.views.on_patterns import looked_into
from routines.models import Step

A_PAGE = 20


def review_for(request: HttpRequest, reference: str) -> Review:
    """The review of this reference, if the reader may see it; otherwise 404, whether or not there is one."""
    named = ("trust", "guidance__trust", "routine", "theme", "service", "method__routine", "facilitator", "closed_by")
    seen = Review.objects.visible_to(request.user).select_related(*named).prefetch_related("participants")
    found = seen.filter(reference=reference).first()
    if found is None:
        raise Http404("There is no such review, or it is not open to you.")
    return found


def mine(request: HttpRequest) -> HttpResponse:
    """The reviews that the reader is in or answers for, the open ones first, and what is next for each."""
    me = request.user
    reviews = _with_counts(Review.objects.visible_to(me).filter(desk=False)).select_related("service", "facilitator")
    in_it = Q(facilitator=me) | Q(pk__in=Review.participants.through.objects.filter(user=me).values("review"))
    open_now = list(reviews.open().order_by("opened_at"))
    closed = Paginator(reviews.filter(in_it, state=Review.State.CLOSED).order_by("-closed_at", "-pk"), A_PAGE)
    taking_part = set(reviews.open().filter(in_it).values_list("pk", flat=True)) if open_now else set()
    shown = {
        "page_name": "reviews",
        "mine": [review for review in open_now if review.pk in taking_part],
        "others": [review for review in open_now if review.pk not in taking_part],
        "closed": closed.get_page(request.GET.get("page")),
        "actions": Action.objects.open().filter(owner=me, trust=me.trust_id).select_related("owner"),
        "may_open": permissions.may_open_some_review(me),
        "address_of_page": lambda number: f"?page={number}#closed",
    }
    return render(request, "reviews/mine.html", shown)


def _with_counts(reviews: Any) -> Any:
    """Each with what says where it stands: prompts, answers, findings, changes that are not decided."""

    def number(rows: Any, key: str = "review") -> Any:
        rows = rows.filter(**{key: OuterRef("pk" if key == "review" else "method")}).order_by()
        return Coalesce(Subquery(rows.values(key).annotate(n=Count("pk")).values("n")), 0)

    return reviews.annotate(
        asked=number(Step.objects.exclude(prompt=""), "revision"),
        answered=number(Answer.objects.exclude(text="")),
        found=number(Finding.objects.all()),
        undecided=number(Change.objects.filter(state__in=["drafting", "proposed"])),
    )


def review(request: HttpRequest, reference: str) -> HttpResponse:
    """One review. What is typed is posted here: in the background as people type, by its buttons, and to close it."""
    found = review_for(request, reference)
    quietly = "X-Autosave" in request.headers
    if request.method != "POST":
        return _page(request, Sheet(found, request.user))
    if not (verdict := permissions.may_take_part(request.user, found)):
        return _refused(request, found, verdict.reason, quietly)
    if another := written_by_another(request):
        return _refused(request, found, another, quietly)
    sheet = Sheet(found, request.user, request.POST)
    if not sheet.form.is_valid():
        return JsonResponse({"message": _amiss(sheet)}, status=422) if quietly else _page(request, sheet)
    try:
        if not sheet.save(finding=not quietly):
            return _overtaken(request, sheet, quietly)
        if "close" in request.POST and not quietly:
            return _close(request, sheet)
    except Conflict as conflict:
        return _refused(request, found, str(conflict), quietly)
    now = timezone.localtime(clock.now())
    if quietly:
        return JsonResponse({"saved": f"{now:%H:%M}", "fields": sheet.fields()})
    messages.success(request, f"Saved at {now:%H:%M}.")
    return redirect(f"{found.get_absolute_url()}{'#findings' if sheet.form.cleaned_data['what'] else ''}")


def _amiss(sheet: Sheet) -> str:
    """What keeps the page from being saved, for the line beneath the answers, where no box can be ticked."""
    name, errors = next(iter(sheet.form.errors.items()))
    label = sheet.form.fields[name].label
    if any(one.label == label for one in sheet.form.held):
        why = "looks as if it holds an NHS number. Please take it out. If it is something else, press Save and say so"
        return f"Not saved: “{label}” {why}."
    return f"Not saved: “{label}”. {errors[0]}"


def _close(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    permissions.may_facilitate(request.user, sheet.review).or_refuse()
    said = sheet.form.cleaned_data
    sheet.review.close(by=request.user, learning=said["learning"], share_with=said["share_with"])
    messages.success(request, "The review is closed. Thank you: this page is now its record.")
    return redirect(sheet.review)


def _overtaken(request: HttpRequest, sheet: Sheet, quietly: bool) -> HttpResponse:
    if quietly:
        words = f"{' and '.join(sheet.overtaken)} while you were writing. Press Save to see both; yours is not lost."
        return JsonResponse({"message": words, "fields": sheet.fields()}, status=409)
    return _page(request, sheet, status=409)


def _refused(request: HttpRequest, found: Review, reason: str, quietly: bool) -> HttpResponse:
    """It can't be written on now: say why, and show what was typed, so that it isn't lost."""
    found.refresh_from_db()
    if quietly:
        return JsonResponse({"message": f"Not saved. {reason}"}, status=409)
    if not found.is_in_it(request.user) and not permissions.may_facilitate(request.user, found):
        raise PermissionDenied(reason)
    sheet = Sheet(found, request.user, request.POST if found.is_open else None)
    typed = {} if found.is_open else _typed(request, sheet)
    return _page(request, sheet, status=409, refused=reason, typed=typed)


def _typed(request: HttpRequest, sheet: Sheet) -> dict[str, str]:
    """What was typed that the review does not say, under the words of its prompts."""
    kept = {question.name: question.text for question in sheet.questions}
    kept |= {"learning": sheet.review.learning, "share_with": sheet.review.share_with, "what": ""}
    sent = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in kept}
    return {str(sheet.form.fields[name].label): text for name, text in sent.items() if text and text != kept[name]}


def _page(request: HttpRequest, sheet: Sheet, status: int = 200, **more: Any) -> HttpResponse:
    me, found = request.user, sheet.review
    shown = {
        "page_name": "reviews",
        "review": found,
        "sheet": sheet,
        "form": sheet.form,
        "held": all_held([sheet.form]),
        "may_write": bool(permissions.may_take_part(me, found)) and not found.desk,
        "may_facilitate": bool(permissions.may_facilitate(me, found)),
        **looked_into(found),
        "factors": [(name, label, FACTORS[name]) for name, label in Finding.Factor.choices],
        **more,
    }
    template = "reviews/desk.html" if found.desk else "reviews/review.html"
    return render(request, template, shown, status=status)
