"""Uploads: documents on their way in. Working data, not knowledge: nothing is guidance until its curator keeps it."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.utils.functional import cached_property

from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from knowledge.models.revision import Revision
from nhs_learning.people.models import Service, User
from nhs_learning.record import clock, nhs_numbers
from nhs_learning.record.models import Event

#: How long an upload waits for its curator.
KEPT_FOR = datetime.timedelta(days=7)
#: After this long, whoever took an upload to read it is taken to have died over it.
READING_ENDS = datetime.timedelta(minutes=5)
#: When nothing has been read for so long, nobody is there to read: the clock asks for it each minute.
NOBODY_READS = datetime.timedelta(minutes=3)


class UploadBatch(models.Model):
    """What somebody uploaded in one go, and what they said about all of it."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Guidance.Kind)
    audience = models.CharField(max_length=8, choices=Guidance.Audience)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "upload batches"

    def __str__(self) -> str:
        return f"{self.by}, {self.at:%d %B %Y}"

    @classmethod
    def old(cls) -> models.QuerySet[UploadBatch]:
        return cls.objects.filter(at__lt=clock.now() - KEPT_FOR)

    @property
    def folder(self) -> str:
        """Where its files lie in the default storage, each under the SHA-256 of its content."""
        return f"uploads-to-read/{self.pk}"

    @property
    def is_left_waiting(self) -> bool:
        """Does something of it wait, while for minutes nothing of anybody's has been read?"""
        long_ago = clock.now() - NOBODY_READS
        if not self.uploads.to_be_read().filter(since__lt=long_ago).exists():
            return False
        reading = Q(state=Upload.State.READING, since__gte=clock.now() - READING_ENDS)
        just_read = Q(since__gte=long_ago) & ~Q(state=Upload.State.WAITING)
        return not Upload.objects.filter(reading | just_read).exists()

    def keep_file(self, content: bytes) -> str:
        """Store content until the batch is cleared, and return its SHA-256 in hexadecimal."""
        digest = hashlib.sha256(content).hexdigest()
        if not default_storage.exists(f"{self.folder}/{digest}"):
            default_storage.save(f"{self.folder}/{digest}", ContentFile(content))
        return digest

    def file(self, sha256: str) -> bytes:
        with default_storage.open(f"{self.folder}/{sha256}") as stored:
            return stored.read()

    def add(self, *, name: str, content: bytes, refused: str = "", beside: bool = False) -> Upload:
        """Add a file: one to be read, one that is refused for a reason (and not stored), or a picture that lies
        beside the others for them to show."""
        upload = Upload(batch=self, name=name, size=len(content), service=self.service, kind=self.kind, reason=refused)
        upload.since = clock.now()
        if refused:
            upload.state = Upload.State.FAILED
        else:
            upload.sha256 = self.keep_file(content)
            upload.state = Upload.State.BESIDE if beside else Upload.State.WAITING
        upload.save()
        return upload

    def clear(self) -> None:
        """Forget it: its rows and its files. What was kept of it is guidance, and stays."""
        _, names = default_storage.listdir(self.folder) if default_storage.exists(self.folder) else ([], [])
        for name in names:
            default_storage.delete(f"{self.folder}/{name}")
        self.delete()


class UploadQuerySet(models.QuerySet["Upload"]):
    def to_be_read(self) -> UploadQuerySet:
        """Those that wait, and those whose reader died over them."""
        given_up = Q(state=Upload.State.READING, since__lt=clock.now() - READING_ENDS)
        return self.filter(Q(state=Upload.State.WAITING) | given_up)

    @transaction.atomic
    def take_next(self) -> Upload | None:
        """The next to be read, marked as being read; nobody else is given the same one."""
        upload = self.to_be_read().select_for_update(skip_locked=True).order_by("pk").first()
        if upload is not None:
            upload.state, upload.since = Upload.State.READING, clock.now()
            upload.save(update_fields=["state", "since"])
        return upload

    def documents(self) -> UploadQuerySet:
        return self.exclude(state=Upload.State.BESIDE)

    def counts(self) -> Counter[str]:
        """How many are in each state."""
        return Counter(self.values_list("state", flat=True))


class Upload(models.Model):
    """One uploaded file, and what was read of it: a document as JSON (see knowledge.importing.portable), which its
    curator may correct before it is kept."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be read"
        READING = "reading", "Being read"
        READABLE = "readable", "Ready to check"
        FAILED = "failed", "Can’t be read"
        KEPT = "kept", "Kept"
        LEFT_OUT = "left_out", "Left out"
        BESIDE = "beside", "A picture for the others"

    batch = models.ForeignKey(UploadBatch, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State)
    since = models.DateTimeField()
    reason = models.TextField(blank=True)
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Guidance.Kind)
    summary = models.TextField(blank=True)
    document = models.JSONField(null=True, blank=True)
    numbers_are_harmless = models.BooleanField(default=False)
    became = models.CharField(max_length=10, blank=True)  # imported, adopted, changed or unchanged
    draft = models.ForeignKey(Revision, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["since"], name="uploads_to_be_read", condition=Q(state__in=["waiting", "reading"]))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "name"], condition=~Q(sha256=""), name="a_file_name_is_used_once_in_an_upload"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def found(self) -> dict[str, Any]:
        """What was read of it; empty until then."""
        return self.document or {}

    @property
    def title(self) -> str:
        return self.found.get("title", "")

    @cached_property
    def numbers(self) -> int:
        """How many numbers in it pass as NHS numbers."""
        texts = [self.title, self.found.get("body", ""), self.summary]
        texts += [said["text"] for said in self.found.get("statements", [])]
        return sum(len(nhs_numbers.find(text)) for text in texts)

    @property
    def needs_a_look(self) -> bool:
        """Does something in it pass as an NHS number, and nobody has said that it is something else?"""
        return bool(self.numbers) and not self.numbers_are_harmless

    # Its verbs

    def was_read(self, document: dict[str, Any]) -> bool:
        """Put down what it holds. False where somebody else has taken it over in the meantime."""
        return self._read(state=self.State.READABLE, document=document, reason="")

    def could_not_be_read(self, reason: str) -> bool:
        return self._read(state=self.State.FAILED, reason=reason)

    def _read(self, **fields: Any) -> bool:
        mine = Upload.objects.filter(pk=self.pk, state=self.State.READING, since=self.since)
        return bool(mine.update(since=clock.now(), **fields))

    def correct(self, **fields: Any) -> None:
        """Put right what was read, or say more about it. Raises Conflict once it is kept or left out."""
        self._move([self.State.READABLE], reason="", **fields)
        self.__dict__.pop("numbers", None)

    def leave_out(self) -> None:
        """Don't keep it; one may still think again."""
        self._move([self.State.READABLE], state=self.State.LEFT_OUT)

    def put_back(self) -> None:
        self._move([self.State.LEFT_OUT], state=self.State.READABLE)

    def stays(self, reason: str) -> None:
        """Note why it could not be kept; it stays to be corrected."""
        Upload.objects.filter(pk=self.pk, state=self.State.READABLE).update(reason=reason)

    @transaction.atomic
    def keep(self, *, by: User, take_in: Callable[[Upload], tuple[str, Revision]]) -> None:
        """Make it guidance, once. ``take_in`` does so, and gives back what became of it and the revision; what it
        raises leaves the upload as it was. Raises Conflict where it is no longer there to be kept."""
        self._move([self.State.READABLE], state=self.State.KEPT, reason="")  # first, so that another tab waits here
        self.became, self.draft = take_in(self)
        self.save(update_fields=["became", "draft"])
        guidance = self.draft.guidance
        Event.record(by=by, verb="kept_upload", subject=guidance, trust=guidance.trust, file=self.name)

    def _move(self, only_from: Iterable[str], **fields: Any) -> None:
        fields = {"since": clock.now(), **fields}
        if not Upload.objects.filter(pk=self.pk, state__in=list(only_from)).update(**fields):
            self.refresh_from_db()
            raise Conflict(f"“{self.name}” is {self.get_state_display().lower()} now, so that can’t be done.")
        for name, value in fields.items():
            setattr(self, name, value)
