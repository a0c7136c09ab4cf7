"""Renders every published edition again. Run it once after the way in which Markdown becomes HTML has changed; what
editions say does not change by it, and readers may go on meanwhile."""

from typing import Any

from django.core.management.base import BaseCommand
from rich import progress

from knowledge.models import Revision


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        editions = Revision.objects.published()
        changed = 0
        for edition in progress.track(
            editions.iterator(chunk_size=100), total=editions.count(), description="Rendering"
        ):
            before = edition.html
            edition.rebuild_html()
            changed += edition.html != before
        self.stdout.write(f"{changed} of {editions.count()} editions look different now.")
