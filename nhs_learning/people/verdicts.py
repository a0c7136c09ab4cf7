"""Verdicts: the answer to "may she?", with a reason that the page can show when the answer is no."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


@dataclass(frozen=True)
class Verdict:
    """``late``: it was theirs to do, but things have moved on since; what they typed is not to be lost."""

    allowed: bool
    reason: str = ""
    late: bool = False

    def __bool__(self) -> bool:
        return self.allowed

    def or_refuse(self) -> None:
        """Go on if allowed; otherwise the page says why not (403)."""
        if not self.allowed:
            raise PermissionDenied(self.reason)


YES = Verdict(True)


def no(reason: str) -> Verdict:
    return Verdict(False, reason)


def too_late(reason: str) -> Verdict:
    return Verdict(False, reason, late=True)
