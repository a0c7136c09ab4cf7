"""The same reason, again and again: a pattern that offers a review."""

from __future__ import annotations

from routines.models import Pattern, Use


def depart(nurse, asthma, **said) -> Use:
    said = {"how": "departed", "reason": "no_longer_right", **said}
    return Use.record(by=nurse, guidance=asthma, **said)


def test_three_departures_for_one_reason_in_ninety_days_are_a_pattern(asthma, nurse, registrar):
    depart(nurse, asthma)
    depart(registrar, asthma, reason="no_time")
    depart(nurse, asthma)
    assert not Pattern.objects.exists()
    depart(registrar, asthma)
    pattern = Pattern.objects.get()
    assert (pattern.number, pattern.reason, pattern.guidance, pattern.uses.count()) == (3, "no_longer_right", asthma, 3)
    depart(nurse, asthma)
    pattern.refresh_from_db()
    assert pattern.number == 4
