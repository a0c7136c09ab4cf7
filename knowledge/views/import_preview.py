"""One uploaded document before it is kept: as its page would show it, beside the form that puts it right."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from knowledge import markdown
from knowledge.models import Conflict, Guidance, Revision, Statement, Upload, Wording
from knowledge.models.attachment import INLINE_IMAGES
from knowledge.permissions import may_import
from knowledge.views.import_forms import BaseStatements, CorrectionForm, Statements, corrected
from knowledge.views.importing import batch_for
from nhs_learning.people.models import Service


@dataclass(frozen=True)
class Picture:
    """A picture or PDF of an upload, as a page shows an attachment."""

    name: str
    content_type: str
    size: int
    address: str

    def get_absolute_url(self) -> str:
        return self.address


def upload(request: HttpRequest, pk: int, upload: int) -> HttpResponse:
    """Look at one document, correct it, leave it out or put it back."""
    one = _upload_for(request, pk, upload)
    if not one.found:
        return redirect("guidance_import_batch", pk=pk)
    if request.method == "POST" and request.POST.get("do") in ("leave_out", "put_back"):
        return _out_or_in(request, one)
    form = CorrectionForm(request.POST or None, upload=one, user=request.user)
    statements: Any = Statements(request.POST or None, initial=one.found["statements"], prefix="said")
    if request.method == "POST" and all([form.is_valid(), statements.is_valid()]):
        return _correct(request, one, form, statements)
    context = {"page_name": "import", "upload": one, "batch": one.batch, "form": form, "statements": statements}
    return render(request, "import/upload.html", {**context, **_next(one), **preview(one)})


def _upload_for(request: HttpRequest, pk: int, upload: int) -> Upload:
    found = batch_for(request, pk).uploads.filter(pk=upload).select_related("batch__owner", "service__trust")
    one = found.first()
    if one is None:
        raise Http404("There is no such file in this upload.")
    return one


def _out_or_in(request: HttpRequest, one: Upload) -> HttpResponse:
    try:
        if request.POST["do"] == "leave_out":
            one.leave_out()
        else:
            one.put_back()
    except Conflict as why:
        messages.error(request, str(why))
    return redirect("guidance_import_batch", pk=one.batch_id)


def _correct(request: HttpRequest, one: Upload, form: CorrectionForm, statements: BaseStatements) -> HttpResponse:
    may_import(request.user, Service.objects.get(pk=form.cleaned_data["service"])).or_refuse()
    try:
        one.correct(**corrected(one, form, statements))
        messages.success(request, "Saved. This is how its page would look now; nothing is kept yet.")
    except Conflict as why:
        messages.error(request, str(why))
    return redirect("guidance_import_upload", pk=one.batch_id, upload=one.pk)


def _next(one: Upload) -> dict[str, Any]:
    ready = one.batch.uploads.filter(state=Upload.State.READABLE, pk__gt=one.pk)
    return {"next": ready.first()}


def preview(one: Upload) -> dict[str, Any]:
    """What ``guidance/edition.html`` needs, of guidance that does not exist: nothing here is ever saved."""
    document = one.found
    pictures = [_picture(one, image) for image in document["images"]]
    rendered = markdown.render(document["body"], attachments={picture.name: picture.address for picture in pictures})
    guidance = Guidance(kind=one.kind, service=one.service, trust=one.service.trust, audience=one.batch.audience)
    stated = document["metadata"]
    revision = Revision(title=document["title"], summary=one.summary, committee=stated["committee"], html=rendered.html)
    wordings = [
        Wording(
            statement=Statement(key=f"s{place}"),
            number=said["number"],
            text=said["text"],
            strength=said["strength"],
            update_label=said.get("label", ""),
        )
        for place, said in enumerate(document["statements"], start=1)
    ]
    return {
        "guidance": guidance,
        "revision": revision,
        "wordings": wordings,
        "milestones": {},
        "attachments": [picture for picture in pictures if picture.content_type not in INLINE_IMAGES],
        "topics": [],
        "last_reviewed": _day(stated["last_reviewed"]),
        "review_due": _day(stated["review_due"]),
        "slot": lambda *_: "",  # what other rooms add is about guidance that exists
    }


def _day(iso: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(iso) if iso else None


def _picture(one: Upload, image: dict[str, Any]) -> Picture:
    address = reverse("guidance_import_picture", args=[one.batch_id, one.pk, image["name"]])
    return Picture(image["name"], image["content_type"], image["size"], address)


def picture(request: HttpRequest, pk: int, upload: int, name: str) -> FileResponse:
    """A picture of a document that isn't kept yet."""
    one = _upload_for(request, pk, upload)
    images = one.found.get("images", [])
    image: dict[str, Any] = next((image for image in images if image["name"] == name), {})
    stored = f"{one.batch.folder}/{image.get('sha256')}"
    if not image or not default_storage.exists(stored):
        raise Http404("There is no such picture.")
    response = FileResponse(
        default_storage.open(stored),
        as_attachment=image["content_type"] not in INLINE_IMAGES,
        filename=name,
        content_type=image["content_type"],
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
