"""One's own profile: what one says of oneself, saved as it is typed, confirmed once a year, with a photograph."""

from __future__ import annotations

import datetime

from django.contrib import messages
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from knowledge.forms.profile import PhotoForm, ProfileForm
from knowledge.models import Conflict, Profile
from knowledge.suggesting import suggested
from nhs_learning.record import clock
from nhs_learning.record.forms import all_held, record_confirmations, written_by_another


def my_profile(request: HttpRequest) -> HttpResponse:
    """Say of oneself what one does, what to ask about, how one is reached."""
    me, quietly = request.user, request.headers.get("X-Autosave") == "1"
    data = request.POST if request.method == "POST" else None
    profile = Profile.objects.filter(user=me).first()
    knows = dict(me.expertise.values_list("topic_id", "standing"))
    form = ProfileForm(data, user=me, profile=profile, knows=knows, suggestions=suggested(me))
    if data is not None and (another := written_by_another(request)):
        return _form_page(request, profile, form, quietly=quietly, overtaken=another)
    if data is None or not form.is_valid():
        return _form_page(request, profile, form, quietly=quietly and data is not None)
    try:
        profile = _save(request, form)
    except Conflict as conflict:
        return _form_page(request, profile, form, quietly=quietly, overtaken=str(conflict))
    if quietly:
        now = f"{timezone.localtime(clock.now()):%H:%M}"
        return JsonResponse({"saved": now, "fields": {"seen": profile.saves}})
    messages.success(request, "Saved. Your colleagues can see it.")
    return redirect(f"{reverse('my_profile')}#topics" if "more" in request.POST else profile)


@transaction.atomic
def _save(request: HttpRequest, form: ProfileForm) -> Profile:
    me = request.user
    if described := form.described():
        me.describe(by=me, **described)
    profile = Profile.write(of=me, seen=form.cleaned_data["seen"], expertise=form.knows(), **form.said())
    record_confirmations([form], by=me, subject=me, trust=me.trust)
    return profile


def _form_page(
    request: HttpRequest, profile: Profile | None, form: ProfileForm, *, quietly: bool, overtaken: str = ""
) -> HttpResponse:
    status = 409 if overtaken else 422 if form.errors else 200
    if quietly:
        why = next(iter(form.errors.values()), [overtaken])[0]
        return JsonResponse({"message": f"Not saved. {why}"}, status=status)
    shown = {"profile": profile, "form": form, "held": all_held([form]), "overtaken": overtaken, "page_name": "people"}
    return render(request, "people/profile.html", shown, status=status)


@require_POST
def still_right(request: HttpRequest) -> HttpResponse:
    """Confirm that what one's profile says is still right."""
    profile = Profile.objects.filter(user=request.user).first()
    if profile is None:
        return redirect("my_profile")
    profile.confirm(by=request.user)
    messages.success(request, "Thank you: confirmed today.")
    return redirect(profile)


def my_photo(request: HttpRequest) -> HttpResponse:
    """Show a photograph of oneself, or take it off."""
    me = request.user
    profile = Profile.objects.filter(user=me).first()
    if request.method == "POST" and "off" in request.POST:
        if profile is not None:
            profile.show(by=me, photo=None)
        messages.success(request, "Your photograph is taken off.")
        return redirect("person", me.pk)
    form = PhotoForm(request.POST or None, request.FILES or None, use_required_attribute=False)
    if request.method == "POST" and not request.POST and not request.FILES:
        form = PhotoForm({}, {}, use_required_attribute=False)
    if form.is_valid():
        _showing(request).show(by=me, photo=form.cleaned_data["photo"])
        messages.success(request, "Your colleagues see your photograph now.")
        return redirect("person", me.pk)
    shown = {"profile": profile, "form": form, "page_name": "people"}
    return render(request, "people/photo.html", shown, status=422 if form.errors else 200)


def _showing(request: HttpRequest) -> Profile:
    """One's profile, begun where there is none yet."""
    return Profile.objects.filter(user=request.user).first() or Profile.write(of=request.user, seen=0)


def photo(request: HttpRequest, pk: int, sha: str) -> FileResponse:
    """The photograph of a colleague of the reader's trust, at an address that changes with it."""
    shown = Profile.objects.filter(user__trust=request.user.trust_id, user__is_active=True)
    profile = get_object_or_404(shown.exclude(photo=""), user=pk, photo=sha)
    try:
        content = default_storage.open(profile.photo_path)
    except FileNotFoundError:
        raise Http404("That photograph is not here any more.") from None
    response = FileResponse(content, content_type="image/jpeg", filename="photograph.jpg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    year = int(datetime.timedelta(days=365).total_seconds())
    response["Cache-Control"] = f"private, max-age={year}, immutable"
    return response
