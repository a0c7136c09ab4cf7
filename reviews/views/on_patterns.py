"""What reviews show on the page of a pattern, through its slots: the way to open one, and what came of it; and what a
review shows of the pattern that it looks into."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from reviews.models import Change, Review
from reviews.permissions import may_open_review, may_suggest
from routines.models import Pattern

#: How many records a page shows at the most.
MOST = 100
#: Of fewer people their number is not told.
SEVERAL = 3


def ways(request: HttpRequest, pattern: Pattern) -> str:
    """To open a review, for those who may; otherwise whom to ask, and to suggest a change."""
    subject = pattern.subject
    shown = {
        "pattern": pattern,
        "may_open": may_open_review(request.user, subject.service),
        "may_suggest": may_suggest(request.user, subject),
    }
    return render_to_string("reviews/from_pattern.html", shown, request=request)


def outcome(request: HttpRequest, pattern: Pattern) -> str:
    """Which review looks into it, if the reader may see that, and the changes of it that came into force."""
    if pattern.state != Pattern.State.TAKEN_UP:
        return ""
    review = Review.objects.filter(pattern=pattern).first()
    if review is None:
        return ""
    changes = Change.objects.visible_to(request.user).filter(review=review, state=Change.State.IN_FORCE)
    shown = {
        "pattern": pattern,
        "review": review,
        "may_see": Review.objects.visible_to(request.user).filter(pk=review.pk).exists(),
        "changes": list(changes.select_related("guidance_revision", "routine_revision")),
    }
    return render_to_string("reviews/of_pattern.html", shown, request=request)


def looked_into(review: Review) -> dict[str, Any]:
    """The pattern that set a review off, with what was recorded, for those who may see the review. Two queries; none
    where no pattern did."""
    if review.pattern_id is None:
        return {}
    pattern = Pattern.objects.with_words().get(pk=review.pattern_id)
    records = list(pattern.records.all()[:MOST])
    people = len({record.by_id for record in records})
    return {"pattern": pattern, "records": records, "people": people if people >= SEVERAL else 0}
