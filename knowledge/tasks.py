"""Work by the clock about what we know: uploads to read and to clear, questions that wait, asking what is still so."""

from __future__ import annotations

import logging
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
from knowledge.models import Conversation, Insight, Profile, Upload, UploadBatch
from knowledge.whom import whom_to_ask

log = logging.getLogger(__name__)


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
def ask_what_is_true() -> None:
    """Ask those who hold insights, once a year, whether they are still true. What goes wrong with one keeps no other
    waiting."""
    for insight in Insight.objects.to_ask_about().select_related("trust", "service").order_by("still_true_on", "pk"):
        try:
            insight.ask_whether_true()
        except Exception:
            log.exception("The clock could not ask about insight %s; it tries again next time.", insight.pk)


@shared_task
def offer_next_person() -> None:
    """Tell those whose question nobody has answered in five working days whom they could ask next. What goes wrong with
    one keeps no other waiting."""
    late = Conversation.objects.late().select_related("asker", "answerer", "guidance__service")
    for conversation in list(late.order_by("answer_by", "pk")):
        try:
            _offer_next(conversation)
        except Exception:
            log.exception("The clock could not deal with question %s; it tries again next time.", conversation.pk)


@transaction.atomic
def _offer_next(conversation: Conversation) -> None:
    asked = conversation.askings.values_list("who", flat=True)
    topics = conversation.topics.values_list("pk", flat=True)
    likely = whom_to_ask(
        conversation.asker, guidance=conversation.guidance, topics=topics, but=[*asked, conversation.asker_id], most=1
    )
    conversation.offer_next(**({"name": likely[0].name} if likely else {}))


@shared_task
def ask_whether_profiles_are_right() -> None:
    """Ask people, once a year, whether their profile is still right. Harmless twice."""
    for profile in Profile.objects.to_ask_about().select_related("user"):
        profile.ask_whether_right()


@shared_task
def make_people_findable() -> None:
    """Tell search of whose name, role or service changed without their profile. Harmless twice."""
    Profile.objects.make_findable_anew()
