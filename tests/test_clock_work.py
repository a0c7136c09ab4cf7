"""Work by the clock, done by a real Celery worker that hears of it through a real Redis."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from knowledge.models import Guidance
from nhs_learning.record import clock
from reviews.models import Change
from tests.changing import approve, decider, propose

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def redis_url(tmp_path):
    server = shutil.which("redis-server")
    assert server, "The tests need redis-server: make test installs it, or says how."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


@pytest.fixture
def worker(redis_url):
    """Has a real worker do a task, and waits until what a test looks for has come about."""

    def do(task: str, *, until) -> None:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + connection.settings_dict["NAME"]).geturl()
        environment = os.environ | {"REDIS_URL": redis_url, "DATABASE_URL": database}
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "nhs_learning"]
        worker = subprocess.Popen(
            [*celery, "worker", "--pool", "solo", "--loglevel", "ERROR"], cwd=ROOT, env=environment
        )
        try:
            subprocess.run([*celery, "call", task], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
            latest = time.monotonic() + 60
            while not until() and time.monotonic() < latest:
                time.sleep(0.2)
            assert until()
        finally:
            worker.terminate()
            worker.wait()

    return do


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_through_redis_that_ended_sessions_are_to_be_cleared(worker):
    yesterday = timezone.now() - datetime.timedelta(days=1)
    Session.objects.create(session_key="ended", session_data="", expire_date=yesterday)
    worker("nhs_learning.people.tasks.clear_sessions", until=lambda: not Session.objects.exists())


@pytest.mark.django_db(transaction=True)
def test_a_worker_publishes_what_was_approved_for_today(worker, asthma, registrar, northbridge):
    with clock.at(clock.today() - datetime.timedelta(days=3)):
        draft = asthma.start_draft(by=registrar)
        draft.edit(by=registrar, summary="Oxygen first.")
        change = Change.suggest(by=registrar, edition=draft)
        propose(change, by=registrar, publish_on=clock.today() + datetime.timedelta(days=3))
        approve(change, decider(northbridge))
    worker("reviews.tasks.publish_due", until=lambda: Change.objects.get().state == "in_force")
    assert Guidance.objects.get(pk=asthma.pk).current == draft
