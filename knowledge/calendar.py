"""A session as a calendar takes it: an iCalendar file (RFC 5545) with one event."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.utils import timezone

from knowledge.models import Session
from nhs_learning.record import clock

#: A line has at most so many octets (3.1 of the RFC), its line end not counted.
LONGEST_LINE = 75


def icalendar(session: Session, *, address: str) -> str:
    """The file, with CRLF line ends. ``address``: the session's page, with host."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//NHS Learning//Sessions//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(address)}",
        f"DTSTAMP:{_moment(clock.now())}",
        f"SEQUENCE:{session.saves}",
        *_when(session),
        f"SUMMARY:{_text(session.title)}",
        f"LOCATION:{_text(session.place)}",
        f"DESCRIPTION:{_text(f'{session.method.label}. {session.purpose}'.strip() + chr(10) + address)}",
        f"URL:{address}",
        f"STATUS:{'CANCELLED' if session.state == Session.State.CANCELLED else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _when(session: Session) -> Iterator[str]:
    """In UTC, so that no time zone has to be described."""
    begins = timezone.make_aware(datetime.datetime.combine(session.on, session.begins))
    yield f"DTSTART:{_moment(begins)}"
    yield f"DTEND:{_moment(begins + datetime.timedelta(minutes=session.minutes))}"


def _moment(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """3.3.11 of the RFC: backslash, semicolon, comma and line end are escaped; other control characters go."""
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    words = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(letter for letter in words if letter >= " " or letter == "\t")


def _folded(line: str) -> Iterator[str]:
    """3.1 of the RFC: a long line goes on in the next, which begins with a space; no letter is cut in two."""
    part, room = "", LONGEST_LINE
    for letter in line:
        if len(part.encode()) + len(letter.encode()) > room:
            yield part
            part, room = " ", LONGEST_LINE
        part += letter
    yield part
