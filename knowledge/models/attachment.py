"""Attachments: files and images that a revision carries."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse

from knowledge.models.edition import frozen_with_its_edition

#: Shown in the page; everything else is offered as a download.
INLINE_IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


class Attachment(models.Model):
    """A file of a revision. Files are stored under the SHA-256 of their content, so that a new draft shares them."""

    revision = models.ForeignKey("knowledge.Revision", models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "name"], name="an_attachment_name_is_used_once_in_a_revision"),
        ]
        triggers = [frozen_with_its_edition(table="knowledge_revision", name="published_attachments_are_never_edited")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where the content lies in the default storage."""
        return f"attachments/{self.sha256[:2]}/{self.sha256}"

    @property
    def is_inline_image(self) -> bool:
        return self.content_type in INLINE_IMAGES

    def get_absolute_url(self) -> str:
        return reverse("attachment", args=[self.pk, self.name])

    @staticmethod
    def keep(content: bytes) -> str:
        """Store content, once however often it is kept, and return its SHA-256 in hexadecimal."""
        digest = hashlib.sha256(content).hexdigest()
        path = f"attachments/{digest[:2]}/{digest}"
        if not default_storage.exists(path):
            default_storage.save(path, ContentFile(content))
        return digest
