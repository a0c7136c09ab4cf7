"""Takes a document that was read into the trust's guidance: as a new draft, or as a new draft of what it was before."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from knowledge.importing.document import Document, Unreadable
from knowledge.models import Guidance, Revision
from nhs_learning.people.models import Service, User
from nhs_learning.record import nhs_numbers
from nhs_learning.record.models import Event


@dataclass(frozen=True)
class Wishes:
    """What whoever imports says about all the documents; what a document states itself comes first."""

    by: User
    service: Service
    kind: str = Guidance.Kind.GUIDELINE
    audience: str = Guidance.Audience.TRUST
    owner: User | None = None
    version_label: str = ""
    committee: str = ""
    last_reviewed: datetime.date | None = None
    review_due: datetime.date | None = None
    adopt: bool = False
    summary: str = ""
    numbers_are_harmless: bool = False  # somebody looked: what passes as an NHS number is none


@dataclass(frozen=True)
class Outcome:
    """What became of one document: ``imported``, ``adopted``, ``changed`` (a new draft) or ``unchanged``."""

    what: str
    draft: Revision
    note: str = ""


@transaction.atomic
def take_in(document: Document, *, source: str, wishes: Wishes) -> Outcome:
    """Keep a document. ``source`` names where it came from; the same source again is the same guidance.

    Raises Unreadable where its text may identify a patient.
    """
    _refuse_nhs_numbers(document, wishes)
    known = known_as(source, wishes.service)
    if known is None:
        draft = Guidance.begin(
            by=wishes.by,
            service=wishes.service,
            kind=wishes.kind,
            title=document.title[:250],
            owner=wishes.owner or wishes.by,
            audience=wishes.audience,
        )
        _write(draft, document, source, wishes)
        return _settle(draft, wishes, "imported")
    if known.source_fingerprint == document.fingerprint:
        if wishes.adopt and known.is_draft and known.based_on_id is None:
            return _settle(known, wishes, "imported")
        return Outcome("unchanged", known)
    draft = known if known.is_draft else known.guidance.start_draft(by=wishes.by)
    _write(draft, document, source, wishes)
    return _settle(draft, wishes, "changed")


def known_as(source: str, service: Service) -> Revision | None:
    """The newest revision that came from this source."""
    theirs = Revision.objects.filter(guidance__trust=service.trust_id).exclude(source_name="").order_by("-pk")
    return theirs.filter(source_name=source).first()


def _settle(draft: Revision, wishes: Wishes, what: str) -> Outcome:
    if not wishes.adopt:
        return Outcome(what, draft)
    if draft.based_on_id is not None:
        return Outcome(what, draft, "Left as a draft: a later edition takes a loop and a reason.")
    draft.adopt(by=wishes.by)
    return Outcome("adopted", draft)


def _write(draft: Revision, document: Document, source: str, wishes: Wishes) -> None:
    stated = document.metadata
    summary: dict[str, Any] = {"summary": wishes.summary} if wishes.summary else {}
    draft.edit(
        by=wishes.by,
        title=document.title[:250],
        body=document.body,
        version_label=(stated.version_label or wishes.version_label)[:40],
        committee=(stated.committee or wishes.committee)[:200],
        last_reviewed=stated.last_reviewed or wishes.last_reviewed,
        review_due=stated.review_due or wishes.review_due,
        **summary,
        source_name=source[-500:],
        source_fingerprint=document.fingerprint,
    )
    _say(draft, document)
    draft.attachments.all().delete()
    for image in document.images:
        draft.attach(name=image.name[-200:], content=image.content, content_type=image.content_type)


def _say(draft: Revision, document: Document) -> None:
    """The recommendations as the draft's statements; one with the number of an old one is the old one."""
    lasting = {wording.number: wording.statement for wording in draft.wordings.select_related("statement")}
    draft.wordings.all().delete()
    for position, said in enumerate(document.statements):
        details: dict[str, Any] = {"strength": said.strength, "update_label": said.label[:60], "position": position}
        draft.say(statement=lasting.get(said.number), number=said.number[:20], text=said.text, **details)


def _refuse_nhs_numbers(document: Document, wishes: Wishes) -> None:
    texts = [document.title, document.body, wishes.summary, *(said.text for said in document.statements)]
    found = sum(len(nhs_numbers.find(text)) for text in texts)
    if found and not wishes.numbers_are_harmless:
        many = "a number that passes" if found == 1 else f"{found} numbers that pass"
        raise Unreadable(
            f"This holds {many} as an NHS number; take it out, or say with --not-nhs-numbers that it is something else."
        )
    if found:
        Event.record(
            by=wishes.by, verb="said_not_nhs_number", subject=wishes.service, trust=wishes.service.trust, count=found
        )


def name_of(path: Path) -> str:
    """How a file is named as a source: by its whole path, so that the same file is known again."""
    return str(path.resolve())
