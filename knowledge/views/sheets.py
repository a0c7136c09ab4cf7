"""What the sheet of any draft answers, which saves as people type: saved, not saved yet, somebody was quicker."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from knowledge.forms.rows import problems
from nhs_learning.record import clock
from nhs_learning.record.forms import all_held, in_background


def shown(page: Any) -> dict[str, Any]:
    """What a page with a sheet shows of it."""
    return {"sheet": page, "problems": list(problems(page.forms)), "held": all_held(page.forms)}


def saved_in_background(request: HttpRequest, page: Any, edition: Any, *, url: str) -> HttpResponse | None:
    """The answer to a save as people type; None where a button was pressed. ``url``: where the draft is written on."""
    if not in_background(request):
        return None
    now = type(edition)._default_manager.get(pk=edition.pk)
    time = f"{timezone.localtime(clock.now()):%H:%M}"
    return JsonResponse({"saved": time, "fields": page.after_saving(now), "url": url})


def needs_a_look(request: HttpRequest) -> HttpResponse | None:
    """The answer where something on the page has to be put right first; None where a button was pressed."""
    if not in_background(request):
        return None
    wrong = "Not saved yet: something on the page needs a look. Press Save to see what."
    return JsonResponse({"message": wrong}, status=422)


def overtaken(request: HttpRequest, page: Any, what: str, *, edition: Any = None) -> HttpResponse | None:
    """The answer where somebody was quicker; None where a button was pressed: then the page keeps what was typed, and
    the next save of a draft that is still there (``edition``) is a knowing one."""
    if in_background(request):
        next_step = " Press Save to see what to do." if edition is not None else ""
        return JsonResponse({"message": f"Not saved. {what}{next_step}"}, status=409)
    if edition is not None:
        page.texts.data = page.texts.data.copy()
        page.texts.data["seen"] = str(edition.edits)
    return None
