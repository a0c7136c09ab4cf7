"""Keeps what was uploaded and checked: each upload becomes a draft, once."""

from __future__ import annotations

import time
from collections import Counter

from django.db import DatabaseError

from knowledge.importing.document import Unreadable
from knowledge.importing.intake import Wishes, known_as, take_in
from knowledge.importing.portable import from_json
from knowledge.models import Conflict, Revision, Upload, UploadBatch
from knowledge.permissions import may_describe, may_import
from nhs_learning.people.models import User

_LOOK = "Something in it passes as an NHS number: take it out, or say that you looked and it is something else."


def source_of(upload: Upload) -> str:
    """How an upload is named as a source: a file of the same name, brought into the same service, is the same."""
    return f"upload/{upload.service.slug}/{upload.name}"


def keep_all(batch: UploadBatch, *, by: User, adopt: bool = False, seconds: float = 20) -> Counter[str]:
    """Keep all of a batch that is ready, and count what became of them (imported, adopted, changed, unchanged;
    ``stays`` for those that could not be kept, each with its reason; ``left`` for those there was no time for)."""
    told: Counter[str] = Counter()
    ends = time.monotonic() + seconds
    for upload in batch.uploads.filter(state=Upload.State.READABLE).select_related("service__trust", "batch__owner"):
        if time.monotonic() > ends:
            told["left"] += 1
        else:
            told[keep(upload, by=by, adopt=adopt)] += 1
    return told


def keep(upload: Upload, *, by: User, adopt: bool = False) -> str:
    """Keep one upload. Gives what became of it, ``stays`` if it could not be kept, ``elsewhere`` if another tab did."""
    try:
        if upload.needs_a_look:
            raise Unreadable(_LOOK)
        _refuse_what_is_not_theirs(upload, by)
        upload.keep(by=by, take_in=lambda ready: _take_in(ready, by, adopt))
    except Unreadable as why:
        upload.stays(str(why))
        return "stays"
    except Conflict as why:
        upload.refresh_from_db()
        upload.stays(str(why))
        return "elsewhere" if upload.state == Upload.State.KEPT else "stays"
    except (DatabaseError, FileNotFoundError):
        upload.stays("This could not be kept, and nothing of it was: correct it, or upload it again.")
        return "stays"
    return upload.became


def _refuse_what_is_not_theirs(upload: Upload, by: User) -> None:
    """A curator may bring documents into the service, and may work on the guidance that this one was before."""
    known = known_as(source_of(upload), upload.service)
    verdicts = [may_import(by, upload.service), *([may_describe(by, known.guidance)] if known else [])]
    for verdict in verdicts:
        if not verdict:
            raise Unreadable(verdict.reason)


def _take_in(upload: Upload, by: User, adopt: bool) -> tuple[str, Revision]:
    batch = upload.batch
    wishes = Wishes(
        by=by,
        service=upload.service,
        kind=upload.kind,
        audience=batch.audience,
        owner=batch.owner,
        summary=upload.summary,
        adopt=adopt,
        numbers_are_harmless=upload.numbers_are_harmless,
    )
    outcome = take_in(from_json(upload.found, batch.file), source=source_of(upload), wishes=wishes)
    return outcome.what, outcome.draft
