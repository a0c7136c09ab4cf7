"""That the index follows the database: in order, missing nothing, and built anew where it does not fit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connection

from knowledge.search import follower as following
from knowledge.search import index, query, reader, schema
from nhs_learning.record.models import SearchEntry


def put(*ids: int, title: str = "Chest drains") -> None:
    SearchEntry.put({"kind": "guidance", "subject_id": pk, "title": title, "audience": ["public"]} for pk in ids)


def findable(words: str = "drains") -> set[int]:
    return {hit.subject_id for hit in query.search(words, tokens=["public"], per_page=500).hits}


@pytest.fixture
def notes(followed, follower):
    """Three things followed; the notes beside the index, to be read and spoilt."""
    put(1, 2, 3)
    followed()
    return next(follower.shelf.folder.glob("generation-*.json"))


def spoil(notes, **changes):
    notes.write_text(json.dumps({**json.loads(notes.read_text()), **changes}))


def again(folder) -> str:
    """A follower that starts anew; the name of the generation in use then."""
    following.Follower(folder).catch_up()
    return index.Shelf(folder).current().name


@pytest.mark.django_db
def test_a_follower_that_starts_again_goes_on_where_it_was(notes, folder, follower, followed):
    follower.let_go()
    put(4)
    assert again(folder) == notes.stem
    assert findable() == {1, 2, 3, 4}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"system": "1"},
        {"database": "1"},
        {"schema": schema.VERSION + 1},
        {"position": 10**12},
        {"position": "x"},
        {"a": 1},
    ],
    ids=["other server", "other database", "other schema", "ahead of a restored database", "nonsense", "other notes"],
)
def test_an_index_that_does_not_fit_is_built_anew(change, notes, folder, follower, followed):
    follower.let_go()
    spoil(notes, **change)
    assert again(folder) != notes.stem
    assert findable() == {1, 2, 3}


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["meta.json", "*.store", "*.term", "*.idx", "*.fast"])
def test_a_broken_index_is_built_anew(damage, notes, folder, follower, followed):
    follower.let_go()
    for path in (folder / notes.stem).glob(damage):
        path.write_bytes(b"broken")
    assert again(folder) != notes.stem
    assert findable() == {1, 2, 3}


@pytest.mark.django_db
def test_an_index_that_is_removed_beneath_a_running_follower_is_built_anew(notes, folder, follower, followed):
    import shutil

    shutil.rmtree(folder)
    put(4)
    followed()
    assert findable() == {1, 2, 3, 4}


@pytest.mark.django_db
def test_a_database_restored_to_an_earlier_day_takes_the_index_back_with_it(notes, folder, follower, followed):
    SearchEntry.objects.filter(subject_id=3).delete()  # as if it had never been written
    followed()
    assert findable() == {1, 2}


@pytest.mark.django_db
def test_entries_that_are_applied_twice_are_found_once(notes, folder, follower, followed):
    follower.let_go()
    spoil(notes, position=0)
    assert again(folder) == notes.stem
    assert query.search("drains", tokens=["public"]).total == 3


@pytest.mark.django_db
def test_a_tombstone_takes_its_thing_out_of_the_index(notes, followed):
    SearchEntry.remove("guidance", [2])
    followed()
    assert findable() == {1, 3}


@pytest.mark.django_db
def test_readers_keep_the_old_generation_until_the_new_one_is_whole(notes, folder, follower, followed, monkeypatch):
    follower.let_go()
    spoil(notes, schema=0)
    put(4)

    def fails(*args):
        raise OSError("The disk is full.")

    monkeypatch.setattr(index, "note", fails)
    with pytest.raises(OSError, match="disk"):
        following.Follower(folder).catch_up()
    assert findable() == {1, 2, 3}
    assert [path.name for path in folder.glob("generation-*") if path.is_dir()] == [notes.stem]


@pytest.mark.django_db
def test_generations_out_of_use_are_removed_later(notes, folder, follower, followed):
    follower.let_go()
    spoil(notes, schema=0)
    name = again(folder)
    shelf = index.Shelf(folder)
    shelf.tidy()
    assert (folder / notes.stem).exists()
    shelf.tidy(grace=0)
    assert {path.stem for path in folder.glob("generation-*")} == {name}


@pytest.mark.django_db
def test_a_machine_has_one_follower(folder):
    with following.alone(folder), pytest.raises(CommandError, match="Another follower"):
        call_command("follow_search", "--once")
    call_command("follow_search", "--once")


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_are_both_followed_to_the_end(folder, monkeypatch):
    monkeypatch.setattr(reader, "LOOK_EVERY", 0)
    stop = threading.Event()

    def write(first: int) -> None:
        for pk in range(first, first + 60):
            put(pk)
        connection.close()

    writers = [threading.Thread(target=write, args=[first]) for first in (1000, 2000)]
    watcher = threading.Thread(target=following.follow, args=[folder, stop])
    for thread in (watcher, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    wanted = {*range(1000, 1060), *range(2000, 2060)}
    try:
        assert _within(5, lambda: findable() == wanted)
    finally:
        stop.set()
        watcher.join()


@pytest.mark.django_db(transaction=True)
def test_the_follower_goes_on_after_the_database_cut_it_off(folder, monkeypatch):
    monkeypatch.setattr(reader, "LOOK_EVERY", 0)
    stop = threading.Event()
    watcher = threading.Thread(target=following.follow, args=[folder, stop])
    watcher.start()
    try:
        put(1)
        assert _within(5, lambda: findable() == {1})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        put(2)
        assert _within(10, lambda: findable() == {1, 2})
    finally:
        stop.set()
        watcher.join()


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_is_found_within_two_seconds(folder):
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + connection.settings_dict["NAME"]).geturl()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "follow_search"],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "VAR_DIR": str(folder.parent)},
    )
    try:
        assert _within(30, lambda: index.Shelf(folder).current() is not None)
        for pk in range(1, 6):
            put(pk)
            assert _within(2, lambda pk=pk: pk in findable())
    finally:
        process.terminate()
        process.wait(10)


def _within(seconds: float, happens) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if happens():
                return True
        except reader.Preparing:
            pass
        time.sleep(0.02)
    return False


def test_what_goes_on_failing_is_told_of_once(folder, monkeypatch, caplog):
    stop, tries = threading.Event(), []

    def away():
        tries.append(1)
        if len(tries) == 4:
            stop.set()
        raise psycopg2.OperationalError("the database is away\n")

    monkeypatch.setattr(following, "_listening", away)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0)
    following.follow(folder, stop)
    assert len(tries) == 4
    assert [record.message for record in caplog.records] == [
        "Search can't be kept up just now; trying again until it can: the database is away"
    ]


@pytest.mark.django_db
def test_a_database_that_will_not_say_which_it_is_is_told_how_to_let_it():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE small")
        cursor.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        cursor.execute("SET LOCAL ROLE small")
    with pytest.raises(DatabaseError, match="GRANT EXECUTE ON FUNCTION pg_control"):
        following._database()
