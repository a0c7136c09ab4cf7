"""Runs a whole instance on one machine, database included: ``python -m nhs_learning.supervisor demo`` (or ``develop``).

It is the one owner of the embedded PostgreSQL: it starts it, hands DATABASE_URL to its children, stops them, then it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from nhs_learning import embedded

ROOT = Path(__file__).resolve().parent.parent


class _Terse(Printer):
    """Prints what the processes say, and of the supervisor's own doings nothing."""

    def write(self, message: Message) -> None:
        if message.name != "system":
            super().write(message)


def main(kind: str) -> int:
    port = _port()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    postgres = None
    os.environ.update(DJANGO_SETTINGS_MODULE="nhs_learning.settings", PORT=str(port))
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.update({"DEMO": "1"} if kind == "demo" else {"DEBUG": "1"})
    try:
        if not os.environ.get("DATABASE_URL"):
            postgres = embedded.Postgres()
            os.environ["DATABASE_URL"] = postgres.start()
        _prepare(kind)
        return _run(kind, port)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave the database running
        if postgres:
            postgres.stop()


def _port() -> int:
    asked = os.environ.get("PORT") or "8000"
    if not asked.isdecimal() or not 0 < int(asked) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, and {asked} is not.")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", int(asked)))
        except OSError:
            sys.exit(f"Port {asked} is taken by another program. Choose another: make demo PORT={int(asked) + 1}")
    return int(asked)


def _prepare(kind: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    if kind == "demo":
        call_command("load_demo")
        call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()  # the children have their own


def _run(kind: str, port: int) -> int:
    manager = Manager(_Terse(sys.stdout))
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes
    if kind == "develop":
        processes["web"] = f"python manage.py runserver 127.0.0.1:{port}"
    for name, command in processes.items():
        manager.add_process(name, f"exec {command}", env=os.environ.copy(), cwd=str(ROOT))
    threading.Thread(target=_greet, args=(kind, port), daemon=True).start()
    manager.loop()
    if manager.returncode in (130, 143):  # Ctrl-C, or asked to end
        return 0
    print(
        "One of the processes ended by itself, so the others were stopped too; what it said is above.", file=sys.stderr
    )
    return 1


def _greet(kind: str, port: int) -> None:
    """Say where it is, once it is there."""
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        time.sleep(0.2)
        try:
            urllib.request.urlopen(f"{address}/health/", timeout=2).close()
        except (urllib.error.URLError, OSError):
            continue
        print(f"\nNHS Learning is at {address} (Ctrl-C stops it)", flush=True)
        if kind == "demo":
            _introduce()
        return


def _introduce() -> None:
    from django.db import connection

    from nhs_learning.demo.living import PASSPHRASE
    from nhs_learning.people.models import User

    print(f"Sign in as one of these, with the passphrase {PASSPHRASE}:")
    for user in User.objects.demo_people():
        print(f"  {user.email:32} {user.name}, {user.roles_in_words()}")
    print(flush=True)
    connection.close()


if __name__ == "__main__":
    if sys.argv[1:] not in (["demo"], ["develop"]):
        sys.exit(f"usage: python -m nhs_learning.supervisor demo|develop; not {subprocess.list2cmdline(sys.argv[1:])}")
    sys.exit(main(sys.argv[1]))
