"""Runs a whole instance on one machine, database included: ``python -m nhs_learning.supervisor demo`` (or ``develop``).

It is the one owner of the embedded PostgreSQL: it starts it, hands DATABASE_URL to its children, stops them, then it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import redis
from django.core.exceptions import ImproperlyConfigured
from honcho import manager
from honcho.environ import parse_procfile
from honcho.printer import Message, Printer

from nhs_learning import embedded

ROOT = Path(__file__).resolve().parent.parent
#: How long the pages may take to answer at first.
PATIENCE_SECONDS = 120
#: The variable by which what we started is known.
STARTED_BY = "SUPERVISOR"
#: How long honcho waits for a process that was asked to end: Celery finishes what it has in hand.
manager.KILL_WAIT = 15


class _Terse(Printer):
    """Prints what the processes say, and of honcho's own doings nothing."""

    def write(self, message: Message) -> None:
        if message.name != "system" and message.data.strip():
            with suppress(OSError):  # the terminal may be gone before we are
                super().write(message)


class _Manager(manager.Manager):
    def terminate(self) -> None:
        """End the processes; where some are only just starting, in a moment, for honcho doesn't know them yet."""
        if self._all_started():
            if not self._terminating:
                _say("Stopping. This takes a few seconds.")
            super().terminate()
        else:
            later = threading.Timer(0.1, self.terminate)
            later.daemon = True
            later.start()

    def ended_first(self) -> str:
        """In words: which process ended, and how."""
        gone = {name: entry["returncode"] for name, entry in self._processes.items() if "returncode" in entry}
        name = next((name for name, status in gone.items() if status == self.returncode), "")
        return f"The {name} process ended by itself (exit status {self.returncode})"


def _say(sentence: str) -> None:
    """Print, in a way that is safe while a signal is being handled, and without a terminal too."""
    with suppress(OSError):
        os.write(1, f"{sentence}\n".encode())


def main(kind: str) -> int:
    """Run until Ctrl-C, SIGTERM, a closed terminal, or until one of the processes ends. Returns the exit status."""
    for asked_to_end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked_to_end, lambda *_: sys.exit(143))
    port = _port()
    try:
        _set_the_scene(kind, port)
        with _alone(), _database() as postgres, _outlived(postgres):
            _prepare(kind)
            return _run(kind, port)
    except KeyboardInterrupt:
        return 0
    except ImproperlyConfigured as problem:
        sys.exit(f"The settings are not right: {problem}")


def _set_the_scene(kind: str, port: int) -> None:
    """What the processes find in their environment."""
    os.environ.update(DJANGO_SETTINGS_MODULE="nhs_learning.settings", PORT=str(port), VAR_DIR=str(embedded.var_dir()))
    os.environ.update({"DEMO": "1"} if kind == "demo" else {"DEBUG": "1"})
    os.environ[STARTED_BY] = str(os.getpid())
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser"  # in a container, who else?


def _port() -> int:
    asked = os.environ.get("PORT") or "8000"
    if not asked.isdecimal() or not 0 < int(asked) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, and {asked} is not.")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", int(asked)))
        except OSError as problem:
            why = "is taken by another program" if problem.errno == errno.EADDRINUSE else "is not ours to use"
            sys.exit(f"Port {asked} {why}. Choose another one, for example with PORT={max(int(asked), 8000) + 1}.")
    return int(asked)


@contextmanager
def _alone() -> Iterator[None]:
    """One supervisor for each VAR_DIR: a second one, when it ended, would stop the database of the first."""
    with (embedded.var_dir() / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(
                f"NHS Learning is running in {embedded.var_dir()} already. Another one needs its own VAR_DIR and PORT."
            )
        yield


@contextmanager
def _database() -> Iterator[embedded.Postgres | None]:
    """DATABASE_URL set for the time of the block, and the server, where it is ours."""
    if os.environ.get("DATABASE_URL"):
        yield None
        return
    postgres = embedded.Postgres()
    try:
        os.environ["DATABASE_URL"] = postgres.start()
        yield postgres
    finally:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)  # a second Ctrl-C must not leave the database running
        postgres.stop()


@contextmanager
def _outlived(postgres: embedded.Postgres | None) -> Iterator[None]:
    """Beside us, for the time of the block, a process that ends what we started if we are killed and can't."""
    us, everything = os.getpid(), signal.valid_signals()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, everything)  # it goes by our end, and by nothing else
    if (watcher := os.fork()) == 0:
        os.setsid()
        with suppress(Exception):
            _tidy_up_after(us, postgres)
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield
    finally:
        os.kill(watcher, signal.SIGKILL)
        os.waitpid(watcher, 0)


def _tidy_up_after(us: int, postgres: embedded.Postgres | None) -> None:
    """Wait until the process ``us`` is gone; then end what it started as it would have, the database last."""
    while os.getppid() == us:
        time.sleep(0.5)
    marked = psutil.process_iter(["environ"])
    left = [process for process in marked if (process.info["environ"] or {}).get(STARTED_BY) == str(us)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(left, timeout=manager.KILL_WAIT)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    if postgres:
        postgres.stop()


def _prepare(kind: str) -> None:
    import django
    from django.core.management import call_command
    from django.db import OperationalError, connection

    try:
        django.setup()
        call_command("migrate", verbosity=0)
    except OperationalError as problem:
        sys.exit(embedded.cannot_be_used(problem))
    _ask_redis(os.environ.get("REDIS_URL"))
    if kind == "demo":
        call_command("load_demo")
        call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()  # the children have their own


def _ask_redis(url: str | None) -> None:
    """Where there is to be a Redis, is it there?"""
    try:
        if url:
            redis.Redis.from_url(url, socket_connect_timeout=5).ping()
    except (redis.RedisError, ValueError) as problem:
        why = str(problem).rstrip(".")
        sys.exit(f"The Redis that REDIS_URL names cannot be used: {why}. Start it, or leave REDIS_URL out.")


def _run(kind: str, port: int) -> int:
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes
    if kind == "develop":
        processes["web"] = f"python manage.py runserver 127.0.0.1:{port}"
    children = _Manager(_Terse(sys.stdout))
    for name, command in processes.items():
        children.add_process(name, f"exec {command}", env=os.environ.copy(), cwd=str(ROOT))
    threading.Thread(target=_greet, args=(kind, port), daemon=True).start()
    # honcho listens to Ctrl-C and SIGTERM; a terminal that closes means the same.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    children.loop()
    if children.returncode in (130, 143):  # Ctrl-C, or asked to end
        return 0
    print(f"{children.ended_first()}, so the others were stopped too; what it said is above.", file=sys.stderr)
    return 1


def _greet(kind: str, port: int) -> None:
    """Say where it is, once it is there."""
    address = f"http://127.0.0.1:{port}"
    for _ in range(PATIENCE_SECONDS * 5):
        time.sleep(0.2)
        try:
            urllib.request.urlopen(f"{address}/health/", timeout=2).close()
        except (urllib.error.URLError, OSError):
            continue
        _say(f"\nNHS Learning is at {address} (Ctrl-C stops it)\n{_people() if kind == 'demo' else ''}")
        return
    _say(f"After {PATIENCE_SECONDS} seconds {address}/health/ still doesn't say that all is well.")


def _people() -> str:
    """The demo's people, a line each: whom to sign in as."""
    from django.db import connection

    from nhs_learning.demo.living import PASSPHRASE
    from nhs_learning.people.models import User

    people = [f"  {user.email:32} {user.name}, {user.roles_in_words()}\n" for user in User.objects.demo_people()]
    connection.close()
    return f"Sign in as one of these, with the passphrase {PASSPHRASE}:\n{''.join(people)}"


if __name__ == "__main__":
    if sys.argv[1:] not in (["demo"], ["develop"]):
        sys.exit("usage: python -m nhs_learning.supervisor demo|develop")
    sys.exit(main(sys.argv[1]))
