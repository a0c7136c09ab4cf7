"""How web processes read the index: opened once, looked at again when the follower has written."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import tantivy
from django.conf import settings

from knowledge.search import index

#: Seconds between two looks at the files, at the least.
LOOK_EVERY = 0.2


class Preparing(Exception):
    """There is no index yet, or none that can be read: the follower is about to make one."""


class Reader:
    """Reads the index in ``folder``. Safe to share between threads."""

    def __init__(self, folder: Path):
        self._shelf = index.Shelf(folder)
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._seen: tuple[int, int] | None = None
        self._index: tantivy.Index | None = None
        self._searcher: tantivy.Searcher | None = None

    def searcher(self) -> tantivy.Searcher:
        """The index as of at most 0.2 seconds ago. Preparing where there is none."""
        with self._lock:
            if time.monotonic() - self._looked >= LOOK_EVERY:
                self._looked = time.monotonic()
                self._look()
            if self._searcher is None:
                raise Preparing
            return self._searcher

    @property
    def state(self) -> tuple[int, int] | None:
        """What tells this view of the index from a later one."""
        self.searcher()
        return self._seen

    def _look(self) -> None:
        """Open the generation in use, or take up what was written to it, if anything changed since the last look."""
        generation = self._shelf.current()
        try:
            if generation is None:
                return
            pointer = self._shelf.pointer.stat().st_mtime_ns
            written = (generation / "meta.json").stat().st_mtime_ns
            if (pointer, written) == self._seen:
                return
            with index.readable():
                if self._index is None or self._seen is None or pointer != self._seen[0]:
                    self._index = index.open_(generation)
                else:
                    self._index.reload()
                self._searcher, self._seen = self._index.searcher(), (pointer, written)
        except (OSError, index.Broken):
            # Caught in the middle of a swap, or broken: go on with what is open, and open anew at the next look.
            self._seen = None


_readers: dict[Path, Reader] = {}


def searcher() -> tantivy.Searcher:
    """This process's view of the index in settings.SEARCH_DIR. Preparing where there is none."""
    return _reader().searcher()


def state() -> tuple[int, int] | None:
    """What tells this process's view of the index from a later one. Preparing where there is no index."""
    return _reader().state


def _reader() -> Reader:
    folder = Path(settings.SEARCH_DIR)
    return _readers.get(folder) or _readers.setdefault(folder, Reader(folder))
