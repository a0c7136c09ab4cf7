"""Topics: one curated vocabulary for all trusts, through django-taggit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pghistory
from django.db import models, transaction
from taggit.models import ItemBase, TagBase

from nhs_learning.record.models import Event

if TYPE_CHECKING:
    from nhs_learning.people.models import User


@pghistory.track()
class Topic(TagBase):
    """A word that guidance, and later insights and people, are filed under."""

    class Meta:
        ordering = ["name"]

    @classmethod
    @transaction.atomic
    def enter(cls, *, by: User, name: str) -> Topic:
        """Add a word to the vocabulary, or find it there."""
        topic, new = cls.objects.get_or_create(name=name)
        if new:
            Event.record(by=by, verb="entered", subject=topic, name=name)
        return topic

    @transaction.atomic
    def rename(self, *, by: User, name: str) -> None:
        """Give it a better word. What is filed under it, of every trust, is found by the new one."""
        former: str = self.name  # type: ignore[has-type]  # taggit has no types
        self.name = name
        self.save(update_fields=["name"])
        Event.record(by=by, verb="renamed_topic", subject=self, former=former, name=name)
        for use in self.guidance_uses.select_related("content_object__current", "content_object__trust"):
            use.content_object.make_findable()
        filed: Any = self
        told = (filed.insights, filed.communities, filed.conversations, filed.routines)
        for thing in (thing for things in told for thing in things.all()):
            thing.make_findable()
        for held in filed.expertise.filter(user__profile__isnull=False).select_related("user__profile"):
            held.user.profile.make_findable()


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class GuidanceTopic(ItemBase):
    """That a piece of guidance is about a topic."""

    tag = models.ForeignKey(Topic, models.PROTECT, related_name="guidance_uses", verbose_name="topic")
    content_object = models.ForeignKey("knowledge.Guidance", models.CASCADE, related_name="topic_uses")

    class Meta:
        verbose_name = "topic"
        constraints = [
            models.UniqueConstraint(fields=["tag", "content_object"], name="guidance_is_about_a_topic_once"),
        ]
