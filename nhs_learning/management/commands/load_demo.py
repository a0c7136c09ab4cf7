"""Loads the demonstration trusts. Run again, it adds only what is missing."""

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console

from nhs_learning.demo import living


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        with Console(stderr=True).status("Loading the demonstration trusts") as status:
            for count, loaded in enumerate(living.live(), start=1):  # noqa: B007 the last count is what is told
                status.update(f"Loading the demonstration trusts: {loaded}")
        self.stdout.write(
            f"Demonstration trusts: {count} things loaded." if count else "Demonstration trusts: all there."
        )
