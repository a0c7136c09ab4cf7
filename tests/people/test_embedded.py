"""The embedded database: started, joined, left to the others, and gone when the last one leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest

from nhs_learning import embedded

ROOT = Path(embedded.__file__).parent.parent
#: Joins the server, says so, and leaves when told to.
VISITOR = """
from nhs_learning import embedded
with embedded.database():
    print("joined", flush=True)
    input()
"""


def servers(folder: Path) -> list[psutil.Process]:
    """The PostgreSQL servers that run in a folder."""
    return [p for p in psutil.process_iter(["cmdline"]) if str(folder) in (p.info["cmdline"] or ())]


@pytest.fixture
def visitor(tmp_path):
    """Another process that joins the server; whatever happens, it doesn't stay."""
    visitors = []

    def visit() -> subprocess.Popen:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"VAR_DIR": str(tmp_path)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen([sys.executable, "-c", VISITOR], cwd=ROOT, env=environment, **pipes)
        visitors.append(process)
        assert process.stdout.readline() == "joined\n"
        return process

    yield visit
    for process in visitors:
        process.kill()
        process.communicate()
    for server in servers(tmp_path / "postgres"):
        server.kill()


def test_the_last_to_leave_stops_the_server(tmp_path, visitor):
    first, second = visitor(), visitor()
    first.communicate("\n", timeout=20)
    assert servers(tmp_path / "postgres")
    second.communicate("\n", timeout=20)
    assert not servers(tmp_path / "postgres")


def test_whoever_is_killed_is_not_waited_for(tmp_path, visitor):
    killed, last = visitor(), visitor()
    killed.kill()
    killed.wait()
    last.communicate("\n", timeout=20)
    assert not servers(tmp_path / "postgres")


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_whoever_is_asked_to_end_stops_the_server_on_the_way_out(tmp_path, visitor, name):
    process = visitor()
    process.send_signal(name)
    process.wait(timeout=20)
    assert not servers(tmp_path / "postgres")


def test_what_was_written_is_there_the_next_time(tmp_path):
    for sentence in ("CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (1)", "DROP TABLE kept"):
        postgres = embedded.Postgres(tmp_path / "postgres")
        connection = psycopg2.connect(postgres.start())
        with connection, connection.cursor() as cursor:
            cursor.execute(sentence)
        connection.close()
        postgres.release()
        assert not servers(tmp_path / "postgres")


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
