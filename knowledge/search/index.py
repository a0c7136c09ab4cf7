"""Where the index lies on disk: generations side by side, of which a pointer file names the one in use."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import tantivy

from knowledge.search import schema

#: How long the generation before is left for readers that are still opening it, in seconds.
GRACE = 60


@dataclass(frozen=True)
class State:
    """How far a generation has come, of which database: kept in a small file beside it."""

    system: str
    database: str
    schema: int
    position: int


class Shelf:
    """The folder of one machine's index, with its generations."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.pointer = folder / "current"

    def current(self) -> Path | None:
        """The generation in use, or None where there is none yet."""
        try:
            name = self.pointer.read_text().strip()
        except OSError:
            return None
        return self.folder / name if name else None

    def begin(self) -> Path:
        """A new, empty generation, which nobody reads before ``use``."""
        generation = self.folder / f"generation-{uuid.uuid4().hex[:12]}"
        generation.mkdir(parents=True)
        return generation

    def use(self, generation: Path) -> None:
        """Let readers have this generation from now on."""
        _replace(self.pointer, generation.name)

    def tidy(self, *, grace: float = GRACE) -> None:
        """Remove generations that are no longer, or never were, in use."""
        current = self.current()
        if current is None or time.time() - self.pointer.stat().st_mtime < grace:
            return
        for path in self.folder.glob("generation-*"):
            if path.stem != current.name:
                _remove(path)

    def discard(self, generation: Path) -> None:
        """Remove a generation that was never used."""
        for path in (generation, _notes(generation)):
            _remove(path)


class Broken(ValueError):
    """The files of a generation are missing or damaged."""


@contextmanager
def readable() -> Iterator[None]:
    """Broken where the block meets damaged files. On some damage tantivy panics, which reaches Python as a
    BaseException of no importable class."""
    try:
        yield
    except BaseException as problem:
        if isinstance(problem, ValueError) or type(problem).__module__ == "pyo3_runtime":
            raise Broken(str(problem)) from None
        raise


def create(generation: Path) -> tantivy.Index:
    return _prepared(tantivy.Index(schema.schema(), str(generation)))


def open_(generation: Path) -> tantivy.Index:
    """Open a generation; Broken where it is missing or damaged."""
    with readable():
        return _prepared(tantivy.Index.open(str(generation)))


def _prepared(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer(schema.ANALYSER, schema.analyser())
    index.config_reader("manual")
    return index


def state_of(generation: Path) -> State | None:
    """What was noted beside a generation, or None where nothing readable is."""
    try:
        state = State(**json.loads(_notes(generation).read_text()))
        return replace(state, schema=int(state.schema), position=int(state.position))
    except (OSError, ValueError, TypeError):
        return None


def note(generation: Path, state: State) -> None:
    """Write down the state. After the commit: a position that lags only means applying some entries again."""
    _replace(_notes(generation), json.dumps(asdict(state)))


def _notes(generation: Path) -> Path:
    return generation.with_suffix(".json")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never half."""
    written = path.with_name(f".{path.name}.{os.getpid()}")
    written.write_text(text)
    os.replace(written, path)
