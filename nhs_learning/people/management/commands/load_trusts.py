"""Loads the English NHS trusts from the bundled ODS list, or from another. Again, it changes only what has changed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nhs_learning.people import ods
from nhs_learning.people.models import Trust


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=ods.BUNDLED, help="a CSV file as ODS gives it")

    def handle(self, *args: Any, **options: Any) -> None:
        new = changed = same = bad = 0
        known = set(Trust.objects.values_list("ods_code", flat=True))
        try:
            for listed in ods.read_trusts(options["file"]):
                if isinstance(listed, ods.Unreadable):
                    bad += 1
                    self.stderr.write(str(listed))
                    continue
                trust, touched = Trust.register(**listed.details)
                new += trust.ods_code not in known
                changed += touched and trust.ods_code in known
                same += not touched
        except ods.Unreadable as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Trusts: {new} new, {changed} changed, {same} as they were, {bad} that can't be read.")
        if bad:
            raise CommandError("The lines above were left out; the others are loaded.", returncode=1)
