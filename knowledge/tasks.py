"""Work by the clock about what we know: reading what was uploaded, clearing what nobody kept, asking people whether
what they say of themselves is still right."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from celery import shared_task
from django.db import DatabaseError, transaction

from knowledge.importing import Unreadable
from knowledge.importing.apart import read_apart
from knowledge.importing.portable import as_json
from knowledge.models import Profile, Upload, UploadBatch


@shared_task
def read_uploads() -> None:
    """Read whatever waits, one at a time. Harmless twice, and by several workers at once."""
    for batch, uploads in groupby(_taken(), key=lambda upload: upload.batch):
        with tempfile.TemporaryDirectory(prefix="uploaded-") as folder:
            _lay_out(batch, Path(folder))
            for upload in uploads:
                _read(upload, Path(folder))


def _taken() -> Iterator[Upload]:
    while upload := Upload.objects.take_next():
        yield upload


def _lay_out(batch: UploadBatch, folder: Path) -> None:
    """Put a batch's files beside each other under their own names, so that they find one another."""
    for name, sha256 in batch.uploads.exclude(sha256="").values_list("name", "sha256"):
        with suppress(FileNotFoundError):  # it is told of when its own turn comes
            (folder / name).write_bytes(batch.file(sha256))


def _read(upload: Upload, folder: Path) -> None:
    try:
        document = read_apart(folder / upload.name, root=folder)
        for image in document.images:
            upload.batch.keep_file(image.content)
        with transaction.atomic():
            upload.was_read(as_json(document))
    except Unreadable as why:
        upload.could_not_be_read(str(why))
    except (DatabaseError, UnicodeError):
        upload.could_not_be_read("This file holds characters that can't be kept; save it again as plain UTF-8 text.")


@shared_task
def clear_uploads() -> None:
    """Forget batches that are older than a week."""
    for batch in UploadBatch.old():
        batch.clear()


@shared_task
def ask_whether_profiles_are_right() -> None:
    """Ask people, once a year, whether their profile is still right. Harmless twice."""
    for profile in Profile.objects.to_ask_about().select_related("user"):
        profile.ask_whether_right()


@shared_task
def make_people_findable() -> None:
    """Tell search of whose name, role or service changed without their profile. Harmless twice."""
    Profile.objects.make_findable_anew()
