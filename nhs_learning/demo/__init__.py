"""The demonstration trusts, lived through by the domain's own verbs. Nothing of it is clinical advice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def demonstration(request: HttpRequest) -> dict[str, Any]:
    """For templates of the admin: is this page to say that what it shows is demonstration content?"""
    from nhs_learning.jinja import is_demonstration

    return {"demonstration": is_demonstration(getattr(request, "user", None))}
