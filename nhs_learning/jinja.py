"""The Jinja2 environment of the pages: NHS components, addresses, dates in plain words."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, MutableMapping
from typing import Any

import jinja2
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.template.defaultfilters import filesizeformat
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from markupsafe import Markup

from knowledge import markdown
from knowledge.loops import LOOPS
from nhs_learning.record import clock
from nhs_learning.record.slots import none_filled, slot, slots_of_parts

#: The codes of the invented trusts, of which every page says that it is no clinical advice.
DEMO_TRUSTS = {"ZNB", "ZSG"}
#: What stands before a name and is none of it.
_TITLES = {"Dr", "Mr", "Mrs", "Ms", "Miss", "Mx", "Prof", "Professor", "Sister"}


def date(value: datetime.date | datetime.datetime | None, unknown: str = "not known") -> str:
    """7 March 2026. What is not known is said to be so."""
    if value is None:
        return unknown
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value).date()
    return f"{value.day} {value:%B %Y}"


def month(value: datetime.date) -> str:
    """March 2026."""
    return f"{value:%B %Y}"


def moment(value: datetime.datetime) -> str:
    """7 March 2026 at 14:05."""
    return f"{date(value)} at {timezone.localtime(value):%H:%M}"


def how_long(day: datetime.date) -> str:
    """How far away a day is, before or after today, as people say it: 12 days, 7 months, 5 years."""
    days = abs((clock.today() - day).days)
    if days < 60:
        return count(days, "day")
    return count(days // 30, "month") if days < 730 else count(days // 365, "year")


def count(number: int, one: str, many: str = "") -> str:
    """1 guideline, 2 guidelines."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def begun(text: str) -> str:
    """As a sentence begins: a capital first, the rest as it is."""
    return text[:1].upper() + text[1:]


def initials(name: str) -> str:
    """TA for Dr Tom Adeyemi."""
    words = [word for word in name.split() if word.rstrip(".") not in _TITLES] or name.split()
    return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper() if words else ""


def rendered(text: str) -> Markup:
    """A short Markdown text (a summary, a statement) as safe HTML."""
    return Markup(markdown.render(text).html)


def kept(*key: object, room: str = "pages", caller: Callable[[], str]) -> Markup:
    """A part of a page, rendered once and kept in this process: ``{% call kept('header', …) %}``.

    The key must name all that the part shows; the build and the ten minutes that these are belong to it by themselves.
    ``room`` is the cache in which it is kept.
    """
    name = hashlib.sha256(repr((settings.BUILD, clock.ten_minutes(), *key)).encode()).hexdigest()
    html = caches[room].get(name)
    if html is None:
        with none_filled():
            html = str(caller())
        caches[room].set(name, html, clock.KEPT_SECONDS)
    return Markup(html)


def is_demonstration(*things: Any) -> bool:
    """Is this the demo, or is one of these (people, guidance) of a demonstration trust, wherever that was loaded?"""
    return settings.DEMO or any(
        getattr(getattr(thing, "trust", None), "ods_code", "") in DEMO_TRUSTS for thing in things
    )


class Environment(jinja2.Environment):
    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """In one dict instead of a chain, which Jinja looks through name by name for each import of each page."""
        return {**self.globals, **(d or {})}


def environment(**options: Any) -> jinja2.Environment:
    options["loader"] = jinja2.ChoiceLoader([options["loader"], jinja2.PackageLoader("nhsuk_frontend_jinja")])
    options["undefined"] = jinja2.ChainableUndefined  # the NHS macros rely on it
    env = Environment(**options, trim_blocks=True, lstrip_blocks=True)
    env.globals.update(
        static=static,
        url=lambda name, *args, **kwargs: reverse(name, args=args or None, kwargs=kwargs or None),
        messages=get_messages,
        slot=slot,
        slots_of_parts=slots_of_parts,
        kept=kept,
        today=clock.today,
        markdown=rendered,
        LOOPS=LOOPS,
        DEMO=settings.DEMO,
        is_demonstration=is_demonstration,
    )
    env.filters.update(date=date, moment=moment, how_long=how_long, count=count, filesizeformat=filesizeformat)
    env.filters.update(begun=begun, initials=initials, month=month)
    return env
