"""The embedded database: started, joined, left to the others, and gone when the last one leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from nhs_learning import embedded

ROOT = Path(embedded.__file__).parent.parent
#: Joins the server, says where it is, and leaves when told to.
VISITOR = """
import os
from nhs_learning import embedded
with embedded.database():
    print(os.environ["DATABASE_URL"], flush=True)
    input()
"""


def servers(folder: Path) -> list[psutil.Process]:
    """The PostgreSQL servers that run in a folder."""
    return [p for p in psutil.process_iter(["cmdline"]) if str(folder) in (p.info["cmdline"] or ())]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Made once: a new database cluster takes seconds. Not in pytest's own folder,
    which another run of pytest closes to PostgreSQL's user."""
    with tempfile.TemporaryDirectory(prefix="nhs-learning-tests-") as made:
        yield Path(made)


@pytest.fixture
def visitor(folder):
    """Another process that joins the server; whatever happens, it doesn't stay."""
    visitors = []

    def visit() -> tuple[subprocess.Popen, str]:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"VAR_DIR": str(folder)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen([sys.executable, "-c", VISITOR], cwd=ROOT, env=environment, **pipes)
        visitors.append(process)
        return process, process.stdout.readline().strip()

    yield visit
    for process in visitors:
        process.kill()
        process.communicate()
    for server in servers(folder / "postgres"):
        server.kill()


def test_the_last_to_leave_stops_the_server(folder, visitor):
    (first, address), (second, the_same) = visitor(), visitor()
    assert address == the_same
    first.communicate("\n", timeout=20)
    assert servers(folder / "postgres")
    second.communicate("\n", timeout=20)
    assert not servers(folder / "postgres")


def test_whoever_is_killed_is_not_waited_for(folder, visitor):
    (killed, _), (last, _) = visitor(), visitor()
    killed.kill()
    killed.wait()
    last.communicate("\n", timeout=20)
    assert not servers(folder / "postgres")


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_whoever_is_asked_to_end_stops_the_server_on_the_way_out(folder, visitor, name):
    process, _ = visitor()
    process.send_signal(name)
    process.wait(timeout=20)
    assert not servers(folder / "postgres")


def test_what_was_written_is_there_the_next_time(visitor):
    for sentence in ("CREATE TABLE kept (id int)", "DROP TABLE kept"):
        visiting, address = visitor()
        with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(sentence)
        visiting.communicate("\n", timeout=20)


def test_a_note_from_before_the_power_went_is_not_taken_for_the_server(tmp_path):
    note = tmp_path / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{tmp_path}\n")  # that number is another program's by now: ours
    embedded._forget_another_life(note)
    assert not note.exists()


def test_a_folder_that_cannot_be_used_is_told_in_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "file" / "var"))
    with pytest.raises(embedded.ImproperlyConfigured, match="Set VAR_DIR to a folder that can be written to"):
        embedded.var_dir()


def test_a_folder_with_a_space_in_its_name_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(embedded.ImproperlyConfigured, match="Set VAR_DIR to a folder without one"):
        embedded.Postgres(tmp_path / "my folder" / "postgres").start()
