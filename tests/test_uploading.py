"""A curator brings documents in through the browser, looks at what was read, puts it right and keeps it."""

from __future__ import annotations

import base64
import datetime
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import docx
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from playwright.sync_api import expect

from knowledge.importing import apart
from knowledge.importing.keeping import keep_all
from knowledge.models import Guidance, Upload, UploadBatch
from knowledge.tasks import clear_uploads, read_uploads
from nhs_learning.record import clock
from nhs_learning.record.models import Event

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MARKDOWN = """# Sepsis in adults

Version: 2.1

![The chart](images/chart.png)

## Recommendations

1.1 Offer antibiotics within one hour.

1.2 Consider a fluid bolus of 500 ml.

## Afterwards

Write down what you gave.
"""
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000
NHS_NUMBER = "943 476 5919"


def word(title: str, *paragraphs: str) -> bytes:
    document = docx.Document()
    document.add_heading(title, 0)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def files() -> dict[str, bytes]:
    return {
        "pneumonia.docx": word("Pneumonia in adults", "Ask how long they have been unwell.", "Give oxygen if needed."),
        "sepsis.md": MARKDOWN.encode(),
        "chart.png": PNG,
        "old.docx": OLD_WORD,
    }


@pytest.fixture
def upload(curator, services, signed_in, django_capture_on_commit_callbacks):
    """Upload files as the curator (or somebody else), into respiratory; read by the task, as the worker would."""

    def send(given: dict[str, bytes], *, by=None, read: bool = True, **fields) -> UploadBatch:
        by = by or curator
        form = {"service": services.respiratory.pk, "kind": "guideline", "audience": "trust", "owner": by.email}
        files = [SimpleUploadedFile(name, content) for name, content in given.items()]
        response = signed_in(by).post("/import/", {**form, "documents": files, **fields})
        assert response.status_code == 302, response.content.decode()
        if read:
            read_uploads()
        return UploadBatch.objects.latest("pk")

    return send


def corrections(one: Upload, **changes: object) -> dict[str, object]:
    """What the form sends for this upload, changed."""
    document = one.document
    stated = {name: document["metadata"][name] or "" for name in ("version_label", "committee")}
    dates = {name: document["metadata"][name] or "" for name in ("last_reviewed", "review_due")}
    said = document["statements"]
    rows = {
        f"said-{n}-{part}": row[part] for n, row in enumerate(said) for part in ("number", "text", "strength", "label")
    }
    count = {"said-TOTAL_FORMS": len(said), "said-INITIAL_FORMS": len(said)}
    own = {"title": document["title"], "body": document["body"], "kind": one.kind, "service": one.service_id}
    return {**own, **stated, **dates, **rows, **count, "summary": one.summary, **changes}


def test_each_file_says_what_was_found_in_it_or_why_it_cannot_be_read(upload, files, signed_in, curator):
    batch = upload(files)
    page = signed_in(curator).get(f"/import/{batch.pk}/").content.decode()
    assert "Pneumonia in adults" in page
    assert "sepsis.md: 2 recommendations, 1 picture" in page
    assert "This is an old binary Word file named .docx" in page
    assert "With 1 picture for the documents to show" in page
    assert not Guidance.objects.exists(), "nothing is saved before the curator says so"


def test_a_title_is_put_right_and_a_recommendation_taken_out_before_it_is_kept(upload, files, signed_in, curator):
    batch = upload(files)
    sepsis = batch.uploads.get(name="sepsis.md")
    client = signed_in(curator)
    changed = corrections(sepsis, title="Suspected sepsis", review_due="2027-03-31", summary="Act within the hour.")
    client.post(f"/import/{batch.pk}/{sepsis.pk}/", {**changed, "said-1-DELETE": "on"})
    page = client.get(f"/import/{batch.pk}/{sepsis.pk}/").content.decode()
    assert "Suspected sepsis" in page
    assert "31 March 2027" in page
    assert "fluid bolus" not in page
    client.post(f"/import/{batch.pk}/", {"keep": "drafts"})
    draft = Guidance.objects.get(title="Suspected sepsis").revisions.get()
    assert (draft.version_label, draft.summary, draft.is_draft) == ("2.1", "Act within the hour.", True)
    assert [wording.number for wording in draft.wordings.all()] == ["1.1"]
    assert default_storage.open(draft.attachments.get().path).read() == PNG
    assert Event.objects.filter(verb="kept_upload", subject_id=draft.guidance_id).count() == 1


def test_what_the_curator_left_out_is_not_kept(upload, files, signed_in, curator):
    batch = upload(files)
    sepsis = batch.uploads.get(name="sepsis.md")
    signed_in(curator).post(f"/import/{batch.pk}/{sepsis.pk}/", {"do": "leave_out"})
    keep_all(batch, by=curator)
    assert list(Guidance.objects.values_list("title", flat=True)) == ["Pneumonia in adults"]


def test_the_preview_shows_the_picture_before_anything_is_kept(upload, files, signed_in, curator):
    batch = upload(files)
    address = f"/import/{batch.pk}/{batch.uploads.get(name='sepsis.md').pk}/"
    assert f'src="{address}chart.png"' in signed_in(curator).get(address).content.decode()
    assert b"".join(signed_in(curator).get(f"{address}chart.png").streaming_content) == PNG


def test_putting_in_force_asks_first(upload, files, signed_in, curator):
    batch = upload(files)
    client = signed_in(curator)
    assert b"People will follow what they say" in client.post(f"/import/{batch.pk}/", {"keep": "adopt"}).content
    assert not Guidance.objects.exists()
    client.post(f"/import/{batch.pk}/", {"keep": "adopt", "sure": "yes"})
    assert Guidance.objects.in_force().count() == 2


def test_the_same_file_again_changes_nothing_and_a_changed_one_is_a_new_draft(upload, curator):
    keep_all(upload({"a.md": MARKDOWN.encode()}), by=curator, adopt=True)
    assert keep_all(upload({"a.md": MARKDOWN.encode()}), by=curator) == {"unchanged": 1}
    assert keep_all(upload({"a.md": MARKDOWN.replace("500", "250").encode()}), by=curator) == {"changed": 1}
    assert Guidance.objects.count() == 1


def test_what_passes_as_an_nhs_number_is_kept_only_after_a_look(upload, signed_in, curator):
    batch = upload({"phones.md": f"# Phones\n\nRing {NHS_NUMBER} for the lift.\n".encode()})
    one = batch.uploads.get()
    assert keep_all(batch, by=curator) == {"stays": 1}
    page = signed_in(curator).get(f"/import/{batch.pk}/").content.decode()
    assert "passes as an NHS number" in page
    sent = corrections(one, numbers_are_harmless="on")
    signed_in(curator).post(f"/import/{batch.pk}/{one.pk}/", sent)
    assert keep_all(batch, by=curator) == {"imported": 1}


# Who may


def test_a_reader_is_told_that_importing_is_for_curators(signed_in, nurse):
    response = signed_in(nurse).get("/import/")
    assert response.status_code == 403
    assert b"Importing documents is for curators" in response.content


def test_a_curator_imports_only_where_she_curates(person, services, signed_in):
    surgeon = person("surgeon", role="curator", service=services.surgery)
    form = {"service": services.respiratory.pk, "kind": "policy", "audience": "trust", "owner": surgeon.email}
    response = signed_in(surgeon).post("/import/", {**form, "documents": [SimpleUploadedFile("a.md", b"# A\n\nB")]})
    assert b"Select a valid choice" in response.content
    assert not UploadBatch.objects.exists()


def test_an_upload_is_open_to_whose_it_is_and_to_administrators_alone(
    upload, files, signed_in, curator, stranger, administrator, person, nurse
):
    batch = upload(files)
    one = batch.uploads.get(name="sepsis.md")
    other = person("other", role="curator")
    for address in (f"/import/{batch.pk}/", f"/import/{batch.pk}/{one.pk}/", f"/import/{batch.pk}/{one.pk}/chart.png"):
        seen = {who.name: signed_in(who).get(address).status_code for who in (curator, administrator)}
        assert set(seen.values()) == {200}, seen
        unseen = {who.name: signed_in(who).get(address).status_code for who in (stranger, other, nurse)}
        assert set(unseen.values()) == {404}, unseen


# What goes wrong


def test_each_file_that_cannot_be_taken_says_why(upload, signed_in, curator):
    batch = upload(
        {
            "notes.doc": b"old",
            "empty.md": b"",
            "not-a-picture.png": b"<script>",
            "é" * 150 + ".md": b"# Long",
            "..\\..\\etc\\passwd.md": b"# Nothing\n\n" + "text \x00 \udcff".encode("utf-8", "surrogatepass"),
            "script.md": b"# Look <script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>",
            "bomb.html": b"<div>" * 200_000,
        }
    )
    page = signed_in(curator).get(f"/import/{batch.pk}/").content.decode()
    for why in ("old Word file", "is empty", "not a PNG", "name is too long", "passwd.md"):
        assert why in page, why
    assert "<script>alert" not in page
    assert not batch.uploads.filter(state__in=["waiting", "reading"]).exists()
    script = batch.uploads.get(name="script.md")
    shown = signed_in(curator).get(f"/import/{batch.pk}/{script.pk}/").content.decode()
    assert "<script>alert" not in shown
    assert 'href="javascript' not in shown


def test_no_files_and_too_many_are_told_on_the_form(signed_in, curator, services):
    form = {"service": services.respiratory.pk, "kind": "policy", "audience": "trust", "owner": curator.email}
    many = [SimpleUploadedFile(f"{n}.md", b"# A\n\nB") for n in range(201)]
    for files, told in (([], b"Choose the files to import"), (many, b"at most 200 files")):
        response = signed_in(curator).post("/import/", {**form, "documents": files})
        assert told in response.content


def test_two_files_of_one_name_are_not_mixed_up(curator, services, signed_in):
    form = {"service": services.respiratory.pk, "kind": "policy", "audience": "trust", "owner": curator.email}
    twins = [SimpleUploadedFile("a.md", b"# One\n\nText"), SimpleUploadedFile("a.md", b"# Two\n\nText")]
    signed_in(curator).post("/import/", {**form, "documents": twins})
    assert [upload.state for upload in Upload.objects.all()] == ["waiting", "failed"]


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    (tmp_path / "slow.md").write_text("# Slow\n\nText")
    with pytest.raises(apart.Unreadable, match="took too long"):
        apart.read_apart(tmp_path / "slow.md", root=tmp_path, seconds=0)


def test_what_a_dead_worker_left_is_read_by_the_next(upload, files):
    batch = upload(files, read=False)
    long_ago = clock.now() - datetime.timedelta(minutes=6)
    with clock.at(long_ago):
        dead = Upload.objects.take_next()
    read_uploads()
    assert batch.uploads.get(pk=dead.pk).state == "readable"
    assert not dead.was_read({"title": "Too late"}), "who comes back late does not overwrite"


def test_when_no_worker_is_there_the_curator_is_told_whom_to_ask(upload, files, signed_in, curator):
    batch = upload(files, read=False)
    client, nobody = signed_in(curator), "Nobody has begun to read these"
    assert nobody not in client.get(f"/import/{batch.pk}/").text
    with clock.at(clock.now() + datetime.timedelta(minutes=4)):
        assert nobody in client.get(f"/import/{batch.pk}/").text
        assert "tell whoever runs NHS Learning here" in client.get(f"/import/{batch.pk}/").text
        Upload.objects.take_next()  # a worker is there again, and busy with the first
        assert nobody not in client.get(f"/import/{batch.pk}/").text
    with clock.at(clock.now() + datetime.timedelta(minutes=20)):
        assert nobody in client.get(f"/import/{batch.pk}/").text, "it died over the first"
        read_uploads()
        assert nobody not in client.get(f"/import/{batch.pk}/").text


def test_what_nobody_kept_is_cleared_after_a_week(upload, files, curator):
    batch = upload(files)
    keep_all(batch, by=curator)
    with clock.at(clock.now() + datetime.timedelta(days=8)):
        clear_uploads()
    assert not UploadBatch.objects.exists()
    assert default_storage.listdir(batch.folder)[1] == []
    assert Guidance.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_keep_at_once_keep_once(upload, files, curator):
    batch = upload(files)

    def keep() -> None:
        keep_all(UploadBatch.objects.get(pk=batch.pk), by=curator)
        connection.close()

    tabs = [threading.Thread(target=keep) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert Guidance.objects.count() == 2


# With a real worker, and in a real browser


@pytest.fixture
def worker(tmp_path):
    """A Celery worker of its own, with the broker that needs nothing installed, on the tests' database."""
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].replace("/nhs_learning", f"/{name}", 1)
    script = (
        "import sys; from django.conf import settings; import nhs_learning.celery as c; import django; django.setup();"
        f"settings.MEDIA_ROOT = {str(tmp_path / 'uploads')!r};"
        "c.app.worker_main(['worker', '--pool', 'solo', '--loglevel', 'ERROR', '--without-mingle', '--without-gossip'])"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "nhs_learning.settings"},
        cwd=Path(__file__).parent.parent,
    )
    yield child
    child.terminate()
    child.wait(timeout=10)


@pytest.mark.django_db(transaction=True)
def test_a_worker_reads_what_was_uploaded(upload, files, worker):
    batch = upload(files, read=False)
    ends = time.monotonic() + 90
    while time.monotonic() < ends and batch.uploads.filter(state__in=["waiting", "reading"]).exists():
        time.sleep(0.2)
    assert batch.uploads.get(name="sepsis.md").state == "readable"


@pytest.mark.browser
def test_a_curator_brings_in_three_files_and_keeps_them(page, sign_in, accessible, curator, services, files, tmp_path):
    sign_in(curator)
    page.goto("/import/")
    accessible(page)
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    page.set_input_files("input[type=file]", [folder / name for name in files])
    page.get_by_label("Service").select_option(label="\u2003Respiratory")
    page.get_by_role("button", name="Upload and read").click()
    expect(page.locator("progress")).to_be_visible()
    read_uploads()
    page.get_by_role("button", name="Keep 2 drafts").wait_for()
    accessible(page)
    page.get_by_role("link", name="Sepsis in adults").click()
    page.get_by_label("Title").fill("Suspected sepsis")
    page.get_by_role("button", name="Save and look again").click()
    expect(page.get_by_role("heading", name="Suspected sepsis")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="All that was uploaded").click()
    page.get_by_role("button", name="Keep 2 drafts").click()
    expect(page.locator(".app-message")).to_contain_text("2 kept as drafts")
    assert Guidance.objects.filter(title="Suspected sepsis").exists()
