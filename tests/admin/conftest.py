"""How a curator's page is filled in: what the page shows, changed where the test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from knowledge.models import Guidance, Revision


def page_of(thing: Any) -> str:
    """The admin's page about a thing."""
    opts = thing._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[thing.pk])


def as_shown(client: Client, address: str) -> dict[str, Any]:
    """All that a page's form would send if it were sent as it is."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    sent: dict[str, Any] = {}
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            if bound.name == "DELETE" or bound.field.__class__.__name__ == "FilesField":
                continue
            sent[bound.html_name] = _plain(bound.value())
            if bound.field.show_hidden_initial:
                sent[bound.html_initial_name] = _plain(bound.value())
    return sent


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return value
    return "" if value is None else str(value)


def rows(prefix: str, *said: dict[str, Any], begin: int = 0) -> dict[str, Any]:
    """New rows of an inline, from number ``begin`` on."""
    sent = {f"{prefix}-{n}-{name}": value for n, row in enumerate(said, begin) for name, value in row.items()}
    return {**sent, f"{prefix}-TOTAL_FORMS": str(begin + len(said))}


def problems(response: Any) -> str:
    """Every error that a page shows, as one text."""
    context = response.context
    shown = [context["adminform"].form.errors]
    for inline in context["inline_admin_formsets"]:
        shown += [*inline.formset.errors, inline.formset.non_form_errors()]
    return " ".join(str(one) for one in shown)


@pytest.fixture
def at_work(signed_in, curator) -> Client:
    """The curator, signed in."""
    return signed_in(curator)


@pytest.fixture
def draft(curator, services) -> Revision:
    """The empty draft of a service framework's first edition."""
    return Guidance.begin(by=curator, service=services.medicine, kind="service_framework", title="Diabetes")


@pytest.fixture
def save(at_work) -> Callable[..., Any]:
    """Send a page as it is shown, but for these changes."""

    def send(thing: Any, *, client: Client | None = None, follow: bool = False, **changes: Any) -> Any:
        client = client or at_work
        return client.post(page_of(thing), {**as_shown(client, page_of(thing)), **changes}, follow=follow)

    return send
