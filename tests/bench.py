"""How quick the pages are: ``make bench``.

Two gunicorn workers, a trust with 1,000 pieces of guidance, 1 and 8 readers at once. Prints requests per second and
the median and 95th percentile in milliseconds of each page, and how it compares with an empty view behind the same
middleware. Everything runs on this machine's loopback, in a temporary folder, for a few seconds a page.

What is measured are pages that somebody read before, in either worker; only words hardly asked before are as new to
the workers as to the reader. No worker is replaced meanwhile, as gunicorn.conf.py has it after a day's reading.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

WORKERS = 2
#: A longer list of addresses is left cold.
MOST_WARMED = 2000
#: How many pages somebody reads before they come anew.
PAGES_A_CONNECTION = 30
ROOT = Path(__file__).resolve().parent.parent
WORDS = [
    *("asthma", "oxygen", "sepsis", "fluid", "potassium", "insulin", "delirium", "stroke", "warfarin", "heparin"),
    *("pain", "falls", "wound", "nutrition", "kidney", "dialysis", "ventilation", "sedation", "handover", "discharge"),
    *("theatre", "consent", "anaesthesia", "pneumonia", "antibiotic", "culture", "lactate"),
]


@dataclass
class Measured:
    """One page at one number of readers: seconds that each request took, and how long it all was."""

    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took

    def percentile(self, share: float) -> float:
        return statistics.quantiles(self.seconds, n=100)[int(share * 100) - 1] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guidance", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each page and number of readers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nhs-learning-bench-") as folder:
        os.environ.update(VAR_DIR=folder, DJANGO_SETTINGS_MODULE="nhs_learning.settings", BUILD="bench")
        from nhs_learning import embedded

        with embedded.database():
            _measure_all(options)


def _measure_all(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    pages = _seed(options.guidance)
    call_command("follow_search", once=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what PostgreSQL does by itself a minute after so many new rows
    port = _free_port()
    server = _serve(port)
    try:
        _wait(port)
        _report(
            {
                (name, readers): _measure(port, addresses, cookie, readers, options.seconds)
                for name, (addresses, cookie) in pages.items()
                for readers in (1, 8)
            }
        )
    finally:
        server.terminate()
        server.wait()


def _seed(count: int) -> dict[str, tuple[list[str], str]]:
    """A trust with so much guidance, every second one public, and a nurse who is signed in."""
    from django.test import Client

    from knowledge.models import Guidance
    from nhs_learning.people.models import Service, Trust, User

    random.seed(7)
    trust = Trust.register(ods_code="ZBE", name="Bench Trust")[0]
    services = [Service.open(by=None, trust=trust, name=f"Service {n}", slug=f"service-{n}") for n in range(15)]
    curator = User.objects.welcome(by=None, email="curator@bench.example", name="Curator", trust=trust)
    curator.join(None, role="curator", by=None)
    nurse = User.objects.welcome(by=None, email="nurse@bench.example", name="Nurse", trust=trust)
    nurse.join(services[0], role="reader", by=None)
    addresses = [_guidance(curator, services, number) for number in track(range(count), "Writing guidance")]
    client = Client()
    client.force_login(nurse)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    public = [guidance.get_absolute_url() for guidance in addresses if guidance.audience == Guidance.Audience.PUBLIC]
    busy = _routine(curator, services[0], nurse, performances=100_000)
    searches = [f"/search/?q={one}+{other}" for one in WORDS for other in WORDS if one != other]
    unasked = [f"{search}+{word}" for search in searches for word in WORDS]
    return {
        "Empty view, same middleware": (["/bench/empty/"], cookie),
        "Guidance page, signed in": ([guidance.get_absolute_url() for guidance in addresses], cookie),
        "Public guidance page, signed out": (public, ""),
        "Routine page, 100,000 performances": ([busy], cookie),
        "Search page, 700 searches over and over": (searches, cookie),
        "Search page, words hardly asked before": (unasked, cookie),
    }


def _guidance(curator: Any, services: list[Any], number: int) -> Any:
    from knowledge.models import Guidance

    def prose(words: int) -> str:
        return " ".join(random.choice(WORDS) for _ in range(words)).capitalize() + "."

    title = f"{random.choice(WORDS).capitalize()} and {random.choice(WORDS)}, number {number}"
    audience = "public" if number % 2 else "trust"
    draft = Guidance.begin(
        by=curator, service=random.choice(services), kind="guideline", title=title, audience=audience
    )
    body = "\n\n".join(f"## {prose(3)}\n\n{prose(70)}\n\n* {prose(8)}\n* {prose(8)}" for _ in range(6))
    draft.edit(by=curator, summary=prose(40), aim=prose(12), scope=prose(15), body=body)
    for statement in range(1, 7):
        draft.say(number=f"1.{statement}", text=prose(20), strength="offer", certainty="moderate")
    draft.adopt(by=curator)
    return draft.guidance


def _routine(curator: Any, service: Any, nurse: Any, *, performances: int) -> str:
    """The address of a routine of eight steps that was done so often in two years, in all ways."""
    import datetime

    from nhs_learning.record import clock
    from routines.models import Performance, Reason, Routine, Shift

    about = {"trust": service.trust, "service": service, "kind": "care"}
    with clock.at(clock.today() - datetime.timedelta(days=730)):
        draft = Routine.begin(by=curator, title="Breathless huddle", **about)
        draft.write(by=curator, goal="Who is worst?", steps=[{"what": f"Step {number}"} for number in range(1, 9)])
        draft.adopt(by=curator)
    done = []
    for _ in track(range(performances), "Doing a routine"):
        day = clock.now() - datetime.timedelta(days=random.randrange(730))
        how = random.choice(Performance.How.values)
        differed = how != Performance.How.AS_DESCRIBED
        said = {"how": how, "reason": random.choice(Reason.values) if differed else "", "words": "Late." * differed}
        where = {"routine": draft.routine, "revision": draft, "shift": random.choice(Shift.values)}
        steps = {f"s{random.randint(1, 8)}": random.choice(("adapted", "left_out"))} if differed else {}
        done.append((Performance(on=day.date(), at=day, by=nurse, **where, **said), steps))
    Performance.record_many(done)
    return draft.routine.get_absolute_url()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _serve(port: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(ROOT / "gunicorn.conf.py"),
        "tests.bench_site:application",
        *("--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--max-requests", "0", "--log-level", "warning"),
    ]
    return subprocess.Popen(command, cwd=ROOT)


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("The server did not start within ten seconds.")


def _measure(port: int, addresses: list[str], cookie: str, readers: int, seconds: float) -> Measured:
    """Readers who ask for one page after the other, each on a connection that is kept open for a while."""
    measured = Measured()
    if len(addresses) <= MOST_WARMED:
        _warm(port, addresses, cookie)
    began = time.perf_counter()
    lists: list[list[float]] = [[] for _ in range(readers)]
    threads = [threading.Thread(target=_read, args=(port, addresses, cookie, began + seconds, mine)) for mine in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.took = time.perf_counter() - began
    measured.seconds = [second for mine in lists for second in mine]
    return measured


def _warm(port: int, addresses: list[str], cookie: str) -> None:
    """Have each worker serve each page once. Searches with words hardly asked before stay cold."""

    def read_all(connection: http.client.HTTPConnection) -> None:
        workers = {_get(connection, address, cookie).headers["X-Worker"] for address in addresses}
        if len(workers) > 1:
            raise SystemExit("A kept connection went from one worker to the other")
        connection.close()

    with ThreadPoolExecutor(WORKERS) as readers:
        list(readers.map(read_all, _one_to_each_worker(port, addresses[0], cookie)))


def _one_to_each_worker(port: int, address: str, cookie: str) -> list[http.client.HTTPConnection]:
    """Connections that are kept open, each of which therefore stays with its worker."""
    kept: dict[str | None, http.client.HTTPConnection] = {}
    for _ in range(1000):
        connection = _connect(port)
        worker = _get(connection, address, cookie).headers["X-Worker"]
        if kept.setdefault(worker, connection) is not connection:
            connection.close()
        if len(kept) == WORKERS:
            return list(kept.values())
    raise SystemExit("Not every worker serves")


def _connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def _get(connection: http.client.HTTPConnection, address: str, cookie: str) -> http.client.HTTPResponse:
    connection.request("GET", address, headers={"Cookie": cookie} if cookie else {})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise SystemExit(f"{response.status} instead of a page")
    return response


def _read(port: int, addresses: list[str], cookie: str, until: float, taken: list[float]) -> None:
    """One page after the other. Readers come and go: were a connection kept for good, all eight could happen to be with
    one of the two workers, and the other idle."""
    while time.perf_counter() < until:
        connection = _connect(port)
        for _ in range(PAGES_A_CONNECTION):
            if (now := time.perf_counter()) >= until:
                break
            _get(connection, random.choice(addresses), cookie)
            taken.append(time.perf_counter() - now)
        connection.close()


def _report(results: dict[tuple[str, int], Measured]) -> None:
    table = Table(title="Two workers, 1,000 pieces of guidance")
    for heading in ("Page", "Readers", "Requests a second", "p50, ms", "p95, ms", "Share of the empty view's rate"):
        table.add_column(heading, justify="left" if heading == "Page" else "right")
    empty = {readers: measured.rate for (name, readers), measured in results.items() if name.startswith("Empty")}
    for (name, readers), measured in results.items():
        table.add_row(
            name,
            str(readers),
            f"{measured.rate:,.0f}",
            f"{measured.percentile(0.50):.1f}",
            f"{measured.percentile(0.95):.1f}",
            f"{measured.rate / empty[readers]:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
