"""The Jinja2 environment of the pages: NHS components, addresses, dates in plain words."""

from __future__ import annotations

import datetime
from typing import Any

import jinja2
from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from knowledge.loops import LOOPS
from nhs_learning.record import clock
from nhs_learning.record.slots import slot


def date(value: datetime.date | datetime.datetime | None, unknown: str = "not known") -> str:
    """7 March 2026. What is not known is said to be so."""
    if value is None:
        return unknown
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value).date()
    return f"{value.day} {value:%B %Y}"


def count(number: int, one: str, many: str = "") -> str:
    """1 guideline, 2 guidelines."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def environment(**options: Any) -> jinja2.Environment:
    options["loader"] = jinja2.ChoiceLoader([options["loader"], jinja2.PackageLoader("nhsuk_frontend_jinja")])
    options["undefined"] = jinja2.ChainableUndefined  # the NHS macros rely on it
    env = jinja2.Environment(**options, trim_blocks=True, lstrip_blocks=True)
    env.globals.update(
        static=static,
        url=lambda name, *args, **kwargs: reverse(name, args=args or None, kwargs=kwargs or None),
        messages=get_messages,
        slot=slot,
        today=clock.today,
        LOOPS=LOOPS,
        DEMO=settings.DEMO,
    )
    env.filters.update(date=date, count=count)
    return env
