"""Compiles every page template, so that a slip of the pen shows before a reader does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError, engines
from jinja2 import TemplateError


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        folders = {
            "jinja2": settings.BASE_DIR / "templates",
            "django": settings.BASE_DIR / "nhs_learning" / "templates",
        }
        faults = [fault for engine, folder in folders.items() for fault in _faults(engine, folder)]
        if faults:
            raise CommandError("\n".join(faults))


def _faults(engine: str, folder: Path) -> list[str]:
    faults = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                engines[engine].get_template(str(path.relative_to(folder)))
            except (TemplateError, TemplateSyntaxError) as problem:
                faults.append(f"{path}: {problem}")
    return faults
