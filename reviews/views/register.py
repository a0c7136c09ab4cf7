"""The register: what was reviewed, changed and agreed in the trust, to be searched, narrowed and taken away as CSV."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from knowledge.loops import LOOPS
from nhs_learning.record.spreadsheets import as_csv
from reviews.models import Review
from reviews.register import KINDS, OPEN, PER_PAGE, STATE_WORDS, STATES, Register, Row

#: What stands where the loop would, for somebody who may still be asked how they read it.
NOT_SHOWN = "not shown until you have read it yourself"
HEADINGS = (
    "Reference",
    "What it is",
    "Title",
    "State",
    "Due",
    "Loop",
    "Service",
    "Date",
    "Who",
    "Trigger",
    "Theme",
    "About",
)


def register(request: HttpRequest) -> HttpResponse:
    """Reviews, changes and actions that the reader may see, in one list, the newest first."""
    asked = Register(request.user, request.GET.dict())
    page = Paginator(range(asked.count), PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page_name": "register",
        "register": asked,
        "page": page,
        "rows": [(row, reverse(_PAGE_OF[row.kind], args=[row.reference])) for row in asked.page(page.number)],
        "chips": chips(asked),
        "address_of_page": lambda number: asked.address(page=str(number)) or "?page=1",
        "KINDS": KINDS,
        "STATES": STATES,
        "OPEN": OPEN,
        "NOT_SHOWN": NOT_SHOWN,
    }
    return render(request, "register.html", shown, status=400 if asked.not_days else 200)


_PAGE_OF = {"review": "review", "desk": "review", "change": "change", "action": "action"}


def chips(register: Register) -> list[tuple[str, str]]:
    """What the list is narrowed by, as (name, words)."""
    asked = register.asked
    words: dict[str, Any] = {
        "q": f"“{asked.get('q', '')}”",
        "kind": KINDS.get(asked.get("kind", "")),
        "state": _state_words(asked.get("state", "")),
        "loop": LOOPS[asked["loop"]].label if "loop" in asked else "",
        "trigger": dict(Review.Trigger.choices).get(asked.get("trigger", "")),
        "service": register.service.name if register.service else "No such service",
        "subject": dict(register.subjects()).get(asked.get("subject", ""), asked.get("subject", "")),
        "theme": dict(register.themes()).get(asked.get("theme", ""), asked.get("theme", "")),
        "from": f"From {_day(register.days.get('from'))}",
        "to": f"Until {_day(register.days.get('to'))}",
    }
    return [(name, str(words[name])) for name in words if name in asked and name not in register.not_days]


def _state_words(state: str) -> str:
    if state == OPEN:
        return "Still open"
    group = next((group for group, states in STATES.items() if state in states), "")
    return f"{group}: {STATE_WORDS.get(state, '').lower()}"


def _day(day: Any) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


# To take away


def register_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same list, narrowed in the same way and hiding the same, for a spreadsheet. Sent line by line."""
    asked = Register(request.user, request.GET.dict())
    trust = request.user.trust.slug if request.user.trust else "none"
    return as_csv(f"register-{trust}", HEADINGS, map(_cells, asked))


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.reference,
        KINDS[row.kind],
        row.called,
        row.state,
        row.due_on.isoformat() if row.due_on else "",
        NOT_SHOWN if row.loop_hidden else LOOPS[row.shown_loop].label if row.shown_loop else "",
        row.where,
        timezone.localtime(row.begun).date().isoformat(),
        row.by_whom,
        str(dict(Review.Trigger.choices).get(row.set_off_by, "")),
        row.theme_name,
        row.about,
    )
