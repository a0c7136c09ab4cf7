"""Topics: one curated vocabulary for all trusts, through django-taggit."""

from __future__ import annotations

import pghistory
from django.db import models
from taggit.models import ItemBase, TagBase


@pghistory.track()
class Topic(TagBase):
    """A word that guidance, and later insights and people, are filed under."""

    class Meta:
        ordering = ["name"]


class GuidanceTopic(ItemBase):
    """That a piece of guidance is about a topic."""

    tag = models.ForeignKey(Topic, models.PROTECT, related_name="guidance_uses", verbose_name="topic")
    content_object = models.ForeignKey("knowledge.Guidance", models.CASCADE, related_name="topic_uses")

    class Meta:
        verbose_name = "topic"
        constraints = [
            models.UniqueConstraint(fields=["tag", "content_object"], name="guidance_is_about_a_topic_once"),
        ]
