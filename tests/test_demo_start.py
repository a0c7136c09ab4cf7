"""A whole instance, started as ``make demo`` and ``make run`` start it, and what is left of it afterwards: nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 240  # seconds; a machine that is busy with other things takes its time


class Instance:
    """One supervisor with what it started, in a VAR_DIR and at a port."""

    def __init__(self, kind: str, var_dir: Path, port: int | str):
        self.var_dir, self.port = var_dir, port
        self.heard = var_dir / f"said-{uuid.uuid4().hex}.txt"
        taken_out = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"}
        environment = {name: value for name, value in os.environ.items() if name not in taken_out}
        with self.heard.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "nhs_learning.supervisor", kind],
                cwd=ROOT,
                env=environment | {"VAR_DIR": str(var_dir), "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group of its own, as a terminal gives it
            )

    def wait_until_well(self) -> dict[str, str]:
        """What /health/ answers, once the supervisor has said that it answers."""
        until = time.monotonic() + PATIENCE
        while "Ctrl-C stops it" not in self.said():
            if time.monotonic() > until or self.process.poll() is not None:
                pytest.fail(f"It did not start. It said:\n{self.said()}")
            time.sleep(0.1)
        return json.loads(page(self, "/health/"))

    def said(self) -> str:
        return self.heard.read_text()

    def said_at_the_end(self) -> str:
        self.process.wait(timeout=PATIENCE)
        return self.said()

    def left_running(self) -> list[str]:
        """The processes of this instance that are there: by their VAR_DIR, and PostgreSQL by its folder."""
        return [process.info["name"] for process in self._processes()]

    def child(self, word: str) -> psutil.Process:
        """The process whose command has this word."""
        return next(p for p in self._processes() if word in " ".join(p.info["cmdline"] or ()))

    def _processes(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter(["name", "cmdline", "environ"]):
            ours = (process.info["environ"] or {}).get("VAR_DIR") == str(self.var_dir)
            if ours or str(self.var_dir / "postgres") in (process.info["cmdline"] or ()):
                yield process

    def end_whatever_happened(self) -> None:
        there = list(self._processes())
        for process in there:
            process.kill()
        psutil.wait_procs(there, timeout=PATIENCE)
        self.process.wait()


@pytest.fixture(scope="module")
def var_dir() -> Iterator[Path]:
    """Made once: a new database with its tables takes seconds. Not in pytest's own folder,
    which another run of pytest closes to PostgreSQL's user."""
    with tempfile.TemporaryDirectory(prefix="nhs-learning-tests-") as made:
        yield Path(made)


@pytest.fixture
def start(var_dir) -> Iterator[Callable[..., Instance]]:
    instances = []

    def begin(kind: str, port: int | None = None) -> Instance:
        instances.append(Instance(kind, var_dir, port or a_free_port()))
        return instances[-1]

    yield begin
    for instance in instances:
        instance.end_whatever_happened()


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def page(instance: Instance, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{instance.port}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_the_demo_introduces_its_people_goes_at_ctrl_c_and_starts_again_in_no_time(start):
    demo = start("demo")
    health = demo.wait_until_well()
    assert (health["status"], health["database"]) == ("ok", "ok")
    signing_in = page(demo, "/sign-in/")
    assert "nurse@northbridge.example" in signing_in
    styles = re.search(r'"(/static/app\.[0-9a-f]+\.css)"', signing_in)
    assert "nhsuk" in page(demo, styles[1])  # as in production, with its fingerprint in its name
    os.killpg(demo.process.pid, signal.SIGINT)  # as a terminal does it: to everybody at once
    said = demo.said_at_the_end()
    assert demo.process.returncode == 0
    assert f"NHS Learning is at http://127.0.0.1:{demo.port} (Ctrl-C stops it)" in said
    assert "demo-only-passphrase" in said
    assert "stranger@southgate.example" in said
    assert "Traceback" not in said
    assert demo.left_running() == []

    began = time.monotonic()
    again = start("demo")
    again.wait_until_well()
    busy = max(1, os.getloadavg()[0] / (os.cpu_count() or 1))  # with nothing else to do: ten seconds
    assert time.monotonic() - began < 10 * busy
    again.process.terminate()
    assert "Demonstration trusts: all there." in again.said_at_the_end()
    assert again.left_running() == []


def test_when_one_process_dies_the_others_stop_and_it_is_said_which(start):
    developing = start("develop")
    developing.wait_until_well()
    assert "nhsuk" in page(developing, "/static/app.css")
    developing.child("follow_search").kill()
    said = developing.said_at_the_end()
    assert developing.process.returncode == 1
    assert "The follower process ended by itself (exit status -9), so the others were stopped too" in said
    assert developing.left_running() == []


def test_when_it_is_killed_itself_nothing_goes_on_without_it_and_it_starts_again(start):
    killed = start("develop")
    killed.wait_until_well()
    killed.process.kill()  # as the system does when memory runs out: nobody is told
    until = time.monotonic() + PATIENCE
    while there := killed.left_running():
        assert time.monotonic() < until, there
        time.sleep(0.2)
    again = start("develop", killed.port)
    assert again.wait_until_well()["database"] == "ok"
    again.process.terminate()
    again.said_at_the_end()
    assert again.left_running() == []


def test_a_second_one_in_the_same_folder_or_at_the_same_port_is_refused(start):
    first = start("develop")
    first.wait_until_well()
    in_the_same_folder = start("develop")
    assert in_the_same_folder.said_at_the_end() == (
        f"NHS Learning is running in {first.var_dir} already. Another one needs its own VAR_DIR and PORT.\n"
    )
    at_the_same_port = start("demo", first.port)
    assert at_the_same_port.said_at_the_end() == (
        f"Port {first.port} is taken by another program. "
        f"Choose another one, for example with PORT={max(first.port, 8000) + 1}.\n"
    )
    assert first.wait_until_well()["status"] == "ok"
    first.process.send_signal(signal.SIGHUP)  # the terminal was closed
    first.said_at_the_end()
    assert first.left_running() == []


@pytest.mark.parametrize("seconds", [0.2, 0.9, 1.6, 2.3])
def test_ctrl_c_while_it_is_still_starting_leaves_nothing(start, seconds):
    demo = start("demo")
    time.sleep(seconds)
    os.killpg(demo.process.pid, signal.SIGINT)
    demo.said_at_the_end()
    assert demo.left_running() == []


def test_a_port_that_is_no_number_is_refused(start):
    refused = start("demo", "eighty")
    assert refused.said_at_the_end() == "PORT must be a number from 1 to 65535, and eighty is not.\n"
