"""Imports documents as drafts of guidance: Markdown, HTML, Word (.docx), plain text and PDF, files and folders."""

from __future__ import annotations

import datetime
import sys
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from knowledge.importing import Failure, Unreadable, find_documents, read_document
from knowledge.importing.intake import Wishes, name_of, take_in
from knowledge.models import Conflict, Guidance
from nhs_learning.people.models import Service, Trust, User

#: Up to so many files each has its line in the table; beyond, only those that somebody must look at.
EVERY_FILE = 60
WORDS = {
    "imported": "imported, as a draft",
    "adopted": "imported and adopted",
    "changed": "changed: a new draft",
    "unchanged": "unchanged",
    "readable": "can be imported",
    "failed": "failed",
}


@dataclass(frozen=True)
class _Line:
    path: Path
    what: str
    note: str = ""


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is not a date: write it as 2026-03-31.") from None


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders")
        parser.add_argument("--trust", required=True, metavar="ODS", help="the trust's ODS code")
        parser.add_argument("--service", required=True, metavar="SLUG", help="the service that the guidance belongs to")
        parser.add_argument("--kind", default="guideline", choices=Guidance.Kind.values)
        parser.add_argument("--audience", default="trust", choices=Guidance.Audience.values)
        parser.add_argument("--owner", metavar="EMAIL", help="who owns it; left out, the service's lead")
        parser.add_argument("--dry-run", action="store_true", help="read everything and save nothing")
        parser.add_argument("--adopt", action="store_true", help="put first editions in force")
        parser.add_argument("--version-label", default="", help="where the document does not say")
        parser.add_argument("--committee", default="", help="the approving committee, where the document does not say")
        parser.add_argument("--last-reviewed", metavar="DATE", help="where the document does not say")
        parser.add_argument("--review-due", metavar="DATE", help="where the document does not say")
        parser.add_argument(
            "--not-nhs-numbers", action="store_true", help="you looked: no number in them is a patient's"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wishes = _wishes(options)
        roots = [Path(path) for path in options["paths"]]
        found = list(find_documents(roots))
        lines: list[_Line] = []
        with Progress(console=Console(stderr=True), transient=True) as progress:
            for path in progress.track(found, description="Importing"):
                root = next((root for root in roots if isinstance(path, Path) and path.is_relative_to(root)), None)
                lines.append(_one(path, root, wishes, dry_run=options["dry_run"]))
        _report(lines, dry_run=options["dry_run"])
        if any(line.what == "failed" for line in lines):
            sys.exit(1)


def _wishes(options: dict[str, Any]) -> Wishes:
    trust = Trust.objects.filter(ods_code=options["trust"].strip().upper()).first()
    if trust is None:
        raise CommandError(
            f"There is no trust with the ODS code {options['trust']}: run load_trusts, or check the code."
        )
    service = Service.objects.of(trust).filter(slug=options["service"]).first()
    if service is None:
        known = ", ".join(Service.objects.of(trust).values_list("slug", flat=True)[:30]) or "none yet"
        raise CommandError(f"{trust.name} has no service {options['service']}. Its services: {known}.")
    owner = _owner(options["owner"], service)
    return Wishes(
        by=owner,
        owner=owner,
        service=service,
        kind=options["kind"],
        audience=options["audience"],
        version_label=options["version_label"],
        committee=options["committee"],
        last_reviewed=options["last_reviewed"] and _date(options["last_reviewed"]),
        review_due=options["review_due"] and _date(options["review_due"]),
        adopt=options["adopt"],
        numbers_are_harmless=options["not_nhs_numbers"],
    )


def _owner(email: str | None, service: Service) -> User:
    if email:
        owner = User.objects.of(service.trust).filter(email=email.lower()).first()
        if owner is None:
            raise CommandError(f"Nobody at {service.trust.name} has the e-mail address {email}.")
        return owner
    return service.lead or User.objects.nobody_yet(service.trust)


def _one(path: Path | Failure, root: Path | None, wishes: Wishes, *, dry_run: bool) -> _Line:
    if isinstance(path, Failure):
        return _Line(path.path, "failed", path.reason)
    try:
        document = read_document(path, root=root if root and root.is_dir() else None)
        if dry_run:
            return _Line(path, "readable", "; ".join(document.warnings))
        outcome = take_in(document, source=name_of(path), wishes=wishes)
        said = [] if outcome.what == "unchanged" else document.warnings
        return _Line(path, outcome.what, "; ".join(filter(None, [outcome.note, *said])))
    except (Unreadable, Conflict) as problem:
        return _Line(path, "failed", str(problem))
    except DatabaseError:
        return _Line(path, "failed", "The database would not keep this; nothing of it was saved.")


def _report(lines: list[_Line], *, dry_run: bool) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=160)
    shown = lines if len(lines) <= EVERY_FILE else [line for line in lines if line.what == "failed" or line.note]
    if shown:
        table = Table("File", "What became of it", "Why", show_lines=False)
        for line in shown:
            table.add_row(*map(escape, (str(line.path), WORDS[line.what], line.note)))
        console.print(table)
    counts = Counter(line.what for line in lines)
    told = ", ".join(f"{count} {WORDS[what]}" for what, count in sorted(counts.items())) or "no documents found"
    console.print(f"{told}." + (" Nothing was saved." if dry_run else ""), markup=False)
