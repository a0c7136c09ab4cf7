"""The follower: keeps this machine's index up with the search entries of the database, and rebuilds it if need be."""

from __future__ import annotations

import fcntl
import logging
import select
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg2
import tantivy
from django.db import Error as DatabaseError
from django.db import ProgrammingError, connection
from django.db.models import Max

from knowledge.search import index, schema
from nhs_learning.record.models import SearchEntry
from nhs_learning.record.models.search_entry import CHANNEL

log = logging.getLogger(__name__)

#: Entries that are applied with one commit.
BATCH = 500
#: Seconds after which the follower looks even if it heard nothing.
LOOK_EVERY = 2.0
#: The longest pause between two attempts to reach the database, in seconds.
LONGEST_PAUSE = 30.0
WRITER_BYTES = 30_000_000


class Busy(Exception):
    """Another follower is at work in this folder."""


@dataclass
class _Hand:
    """A generation that is being written, and how far it has come."""

    generation: Path
    writer: tantivy.IndexWriter
    state: index.State

    def apply(self) -> int:
        """Apply all entries above its position, in order. Broken where the files can't be written."""
        applied = 0
        while entries := list(SearchEntry.objects.above(self.state.position)[:BATCH]):
            with index.readable():
                for entry in entries:
                    self.writer.delete_documents_by_term("key", schema.key(entry.kind, entry.subject_id))
                    if not entry.gone:
                        self.writer.add_document(schema.document(entry))
                self.writer.commit()
            self.state = replace(self.state, position=entries[-1].position)
            index.note(self.generation, self.state)
            applied += len(entries)
        return applied


class Follower:
    """Writes the index in ``folder``. Hold ``alone(folder)`` while there is one."""

    def __init__(self, folder: Path):
        self.shelf = index.Shelf(folder)
        self._hand: _Hand | None = None

    def catch_up(self) -> int:
        """Apply all that is new, rebuilding first where the index does not fit the database. The count of entries."""
        if self._hand is None or not self._still_fits(self._hand):
            self.let_go()
            self._hand = self._take_up()
        if self._hand is None:
            return self._rebuild()
        try:
            return self._hand.apply()
        except index.Broken as problem:
            log.warning("The search index can't be written and is built anew: %s", problem)
            return self._rebuild()

    def let_go(self) -> None:
        """Close the index; ``catch_up`` opens it again."""
        self._hand = None

    def _still_fits(self, hand: _Hand) -> bool:
        """Is what we write still the generation in use, on disk, and does it fit the database?"""
        there = (hand.generation / "meta.json").exists()
        return there and self.shelf.current() == hand.generation and _fits(hand.state)

    def _take_up(self) -> _Hand | None:
        """Go on with the generation in use; None where it does not fit the database or is damaged."""
        generation = self.shelf.current()
        state = index.state_of(generation) if generation else None
        if not generation or not state or not _fits(state):
            return None
        try:
            opened = index.open_(generation)
            _read_through(opened)
            with index.readable():
                return _Hand(generation, opened.writer(WRITER_BYTES, 1), state)
        except index.Broken as problem:
            log.warning("The search index is broken and is built anew: %s", problem)
            return None

    def _rebuild(self) -> int:
        """Build a generation from nothing beside the old one, then let readers have it."""
        self.let_go()
        generation = self.shelf.begin()
        try:
            writer = index.create(generation).writer(WRITER_BYTES, 1)
            hand = _Hand(generation, writer, index.State(*_database(), schema.VERSION, 0))
            applied = hand.apply()
            index.note(generation, hand.state)
            self.shelf.use(generation)
        except BaseException:
            self.shelf.discard(generation)
            raise
        self._hand = hand
        return applied


def _fits(state: index.State) -> bool:
    """Of this database and this schema, and not ahead of it, as it would be after a restore?"""
    if (state.system, state.database, state.schema) != (*_database(), schema.VERSION):
        return False
    newest = SearchEntry.objects.aggregate(newest=Max("position"))["newest"] or 0
    return state.position <= newest


def _read_through(opened: tantivy.Index) -> None:
    """Read all of an index once, so that damage shows here rather than before a reader. Broken where it does."""
    with index.readable():
        searcher = opened.searcher()
        for _, address in searcher.search(tantivy.Query.all_query(), limit=max(searcher.num_docs, 1)).hits:
            searcher.doc(address)
        counted = {field: {"terms": {"field": field}} for field in schema.FACETS}
        for field in ("title", "within", "text", "key"):
            searcher.aggregate(tantivy.Query.regex_query(opened.schema, field, ".*"), counted)


def _database() -> tuple[str, str]:
    """Which database this is: its system's identifier and its own number, as text."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT system_identifier::text, "
                "(SELECT oid::text FROM pg_database WHERE datname = current_database()) FROM pg_control_system()"
            )
            return cursor.fetchone()
    except ProgrammingError as refused:
        raise DatabaseError(
            f"{refused}. In the database, GRANT EXECUTE ON FUNCTION pg_control_system() TO the user of DATABASE_URL."
        ) from refused


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the one follower of this folder for the time of the block; Busy where another one is."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Another follower keeps the index in {folder}.") from None
        yield


def follow(folder: Path, stop: threading.Event) -> None:
    """Keep the index up until ``stop`` is set, through failures of the database or the disk; each is told of once."""
    pause, told = 0.5, ""
    follower = Follower(folder)
    while not stop.is_set():
        try:
            with closing(_listening()) as ears:
                while not stop.is_set():
                    follower.catch_up()
                    follower.shelf.tidy()
                    pause, told = 0.5, ""
                    _wait(ears)
        except (DatabaseError, psycopg2.Error, ValueError, OSError) as problem:
            if str(problem) != told:
                told = str(problem)
                log.warning("Search can't be kept up just now; trying again until it can: %s", told.strip())
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            connection.close()


def _listening() -> psycopg2.extensions.connection:
    """A connection of our own that hears of new entries; a pooler between would swallow them."""
    ears = psycopg2.connect(**connection.get_connection_params())
    ears.autocommit = True
    with ears.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    return ears


def _wait(ears: psycopg2.extensions.connection) -> None:
    """Until something new is heard, or it is time to look anyway."""
    if not ears.notifies:
        select.select([ears], [], [], LOOK_EVERY)
    ears.poll()
    ears.notifies.clear()
