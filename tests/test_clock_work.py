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


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_through_redis_that_ended_sessions_are_to_be_cleared(redis_url):
    yesterday = timezone.now() - datetime.timedelta(days=1)
    Session.objects.create(session_key="ended", session_data="", expire_date=yesterday)
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + connection.settings_dict["NAME"]).geturl()
    environment = os.environ | {"REDIS_URL": redis_url, "DATABASE_URL": database}
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "nhs_learning"]
    worker = subprocess.Popen([*celery, "worker", "--pool", "solo", "--loglevel", "ERROR"], cwd=ROOT, env=environment)
    try:
        task = "nhs_learning.people.tasks.clear_sessions"
        subprocess.run([*celery, "call", task], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while Session.objects.exists() and time.monotonic() < until:
            time.sleep(0.2)
        assert not Session.objects.exists()
    finally:
        worker.terminate()
        worker.wait()
