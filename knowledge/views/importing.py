"""Importing in the browser: upload, watch it being read, check and correct, keep. For curators."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from kombu.exceptions import OperationalError

from knowledge.importing.first_look import is_picture, refusal_at_sight
from knowledge.importing.keeping import keep_all
from knowledge.models import Upload, UploadBatch
from knowledge.permissions import may_import
from knowledge.tasks import read_uploads
from knowledge.views.import_forms import UploadForm
from nhs_learning.people.models import Service
from nhs_learning.people.permissions import holds, holds_anywhere
from nhs_learning.people.roles import ADMINISTER, CURATE
from nhs_learning.record import clock

#: htmx stops asking again when it is answered with this.
STOP_ASKING = 286
#: The longest that one press of Keep goes on for, in seconds; the rest waits for the next press.
KEEPING_SECONDS = 20.0
_WORDS = {
    "imported": "kept as drafts",
    "adopted": "kept and in force",
    "changed": "new drafts of what was imported before",
    "unchanged": "unchanged since they were last imported",
    "stays": "not kept: see why below",
    "elsewhere": "kept already in another tab",
    "left": "still to be kept: press again to go on",
}


def begin(request: HttpRequest) -> HttpResponse:
    """The form that takes the files; beneath it what the person uploaded before."""
    if not holds_anywhere(request.user, CURATE):
        raise PermissionDenied("Importing documents is for curators.")
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        return redirect("guidance_import_batch", pk=_take(request, form.cleaned_data).pk)
    earlier = UploadBatch.objects.filter(by=request.user, service__trust=request.user.trust_id)
    context = {"page_name": "import", "form": form, "earlier": earlier.select_related("service")[:20]}
    return render(request, "import/begin.html", context)


def _take(request: HttpRequest, given: dict[str, Any]) -> UploadBatch:
    """Store what was uploaded, and have it read once it is all there."""
    service = Service.objects.get(pk=given["service"])
    may_import(request.user, service).or_refuse()
    with transaction.atomic():
        details = {name: given[name] for name in ("kind", "audience", "owner")}
        batch = UploadBatch.objects.create(by=request.user, service=service, at=clock.now(), **details)
        names: set[str] = set()
        for file in given["documents"]:
            _add(batch, file, names)
        transaction.on_commit(_have_it_read)
    return batch


def _add(batch: UploadBatch, file: UploadedFile, names: set[str]) -> None:
    name = file.name or "file"
    refused = refusal_at_sight(name, size=file.size or 0, head=file.read(16))
    if name in names:
        refused = "Another file of this name was uploaded with it; rename one of them and upload it again."
    file.seek(0)
    content = b"" if refused else file.read()
    upload = batch.add(name=name[:255], content=content, refused=refused, beside=is_picture(name))
    if not refused:
        names.add(upload.name)


def _have_it_read() -> None:
    try:
        read_uploads.delay()
    except (OperationalError, OSError):  # the clock asks again within a minute
        logging.getLogger(__name__).exception("Nobody could be asked to read the uploads")


def batch_for(request: HttpRequest, pk: int) -> UploadBatch:
    """The batch, if it is the person's own or they administer its service; otherwise there is no such page."""
    found = UploadBatch.objects.filter(pk=pk, service__trust=request.user.trust_id).select_related("service__trust")
    batch = found.first()
    if batch is None or not (batch.by_id == request.user.pk or holds(request.user, ADMINISTER, batch.service_id)):
        raise Http404("There is no such upload, or it is not yours.")
    may_import(request.user, batch.service).or_refuse()
    return batch


def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """How far reading has got, what was found in each file, and, once all is read, the buttons that keep it."""
    batch = batch_for(request, pk)
    if request.method == "POST":
        return _keep(request, batch)
    shown = progress_of(batch)
    if request.htmx:
        status = STOP_ASKING if shown["finished"] else 200
        return render(request, "import/progress.html", {**shown, "asked_again": True}, status=status)
    return render(request, "import/batch.html", shown)


def progress_of(batch: UploadBatch) -> dict[str, Any]:
    """What the page shows of a batch."""
    uploads = list(batch.uploads.select_related("draft__guidance__trust"))
    counts = Counter(upload.state for upload in uploads)
    documents = [upload for upload in uploads if upload.state != Upload.State.BESIDE]
    to_look_at = [upload for upload in uploads if upload.state == Upload.State.READABLE and upload.needs_a_look]
    unread = counts[Upload.State.WAITING] + counts[Upload.State.READING]
    return {
        "page_name": "import",
        "batch": batch,
        "uploads": documents,
        "pictures": counts[Upload.State.BESIDE],
        "ready": counts[Upload.State.READABLE] - len(to_look_at),
        "to_look_at": len(to_look_at),
        "total": len(documents),
        "read": len(documents) - unread,
        "finished": not unread,
        "left_waiting": bool(unread) and batch.is_left_waiting,
    }


def _keep(request: HttpRequest, batch: UploadBatch) -> HttpResponse:
    adopt = request.POST.get("keep") == "adopt"
    if adopt and not request.POST.get("sure"):
        return render(request, "import/adopt.html", progress_of(batch))
    curator: Any = request.user
    told = keep_all(batch, by=curator, adopt=adopt, seconds=KEEPING_SECONDS)
    words = "; ".join(f"{told[what]} {said}" for what, said in _WORDS.items() if told[what])
    level = messages.WARNING if told["stays"] or told["left"] else messages.SUCCESS
    messages.add_message(request, level, f"{words}." if words else "There was nothing left to keep.")
    return redirect("guidance_import_batch", pk=batch.pk)
