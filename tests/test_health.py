"""Whoever keeps an eye on an instance learns how it is, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

from django.test import Client

from nhs_learning import settings
from nhs_learning.record.models import SearchEntry

SECRET = "tell-nobody"
ASK = """
import django
django.setup()
from django.test import Client
client = Client()
client.cookies["sessionid"] = "somebody"
answer = client.get("/health/", HTTP_HOST="localhost")
print(answer.status_code, answer.content.decode())
"""


def test_anybody_may_ask_and_the_answer_is_never_kept(db, settings, tmp_path):
    settings.SEARCH_DIR = tmp_path
    answer = Client().get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "search": "being prepared", "build": settings.BUILD}
    assert "no-store" in answer["Cache-Control"]


def test_how_far_search_is_behind_is_told(asthma, settings, tmp_path):
    from knowledge.search.follower import Follower

    settings.SEARCH_DIR = tmp_path
    Follower(tmp_path).catch_up()
    assert Client().get("/health/").json()["search"] == "up to date"
    SearchEntry.put([{"kind": "guidance", "subject_id": asthma.pk, "title": "Asthma"}])
    assert Client().get("/health/").json()["search"] == "1 behind"


def test_looking_at_health_does_not_keep_a_session_alive(nurse, signed_in):
    client = signed_in(nurse)
    client.get("/health/")
    assert "used_at" not in client.session


def test_without_its_database_it_says_so_and_gives_nothing_away():
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://watcher:{SECRET}@127.0.0.1:1/nowhere",
        "DJANGO_SETTINGS_MODULE": "nhs_learning.settings",
    }
    asked = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert asked.stdout.startswith('503 {"status": "unwell", "database": "cannot be reached"')
    assert SECRET not in asked.stdout
    assert "127.0.0.1" not in asked.stdout
