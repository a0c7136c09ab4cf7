"""Keeps this machine's search index up with the database. Run one for each machine."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from knowledge.search import follower


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Apply what is new, and end.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        folder = settings.SEARCH_DIR
        try:
            with follower.alone(folder):
                if once:
                    applied = follower.Follower(folder).catch_up()
                    self.stdout.write(f"Search index: {applied} entries applied.")
                else:
                    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, as by Ctrl-C
                    follower.follow(folder, threading.Event())
        except follower.Busy as busy:
            raise CommandError(f"{busy} Stop that one first, or leave it to its work.") from None
        except KeyboardInterrupt:
            self.stdout.write("Search index: stopped.")
