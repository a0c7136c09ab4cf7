"""Topics of the guidance on which somebody decided, which they might be asked about; knowledge offers these to them."""

from __future__ import annotations

from knowledge.models import Guidance
from nhs_learning.people.models import User
from reviews.models import Decision


def of_decisions(person: User) -> list[tuple[int, str, str, str]]:
    """What ``knowledge.suggesting.register`` takes, in one query."""
    decided = Decision.objects.filter(by=person).values("change__guidance_revision__guidance")
    found = Guidance.objects.visible_to(person).in_force().filter(pk__in=decided, topic_uses__isnull=False)
    rows = found.order_by("topic_uses__tag__name", "title")
    said = rows.values_list("topic_uses__tag", "topic_uses__tag__name", "title")
    return [(topic, name, "decided on", title) for topic, name, title in said]
