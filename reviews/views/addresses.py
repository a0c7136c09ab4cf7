"""Addresses of pages that this site may not have."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: object, **query: str) -> str:
    """The address of a page by its name, or "" where there is none."""
    try:
        found = reverse(name, args=args or None)
    except NoReverseMatch:
        return ""
    return f"{found}?{urlencode(query)}" if query else found
