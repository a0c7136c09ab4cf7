"""A profile: its person's own, saved as it is typed, with topics that are offered and never added for them."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from playwright.sync_api import expect

from knowledge import photographs
from knowledge.models import Conversation, Expertise, Insight, Profile, Topic
from knowledge.suggesting import suggested
from knowledge.tasks import ask_whether_profiles_are_right, make_people_findable
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry
from tests.changing import decider, publish


@pytest.fixture
def topic(curator, asthma) -> Topic:
    topic = Topic.enter(by=curator, name="Asthma")
    asthma.describe(by=curator, topics=[topic])
    return topic


@pytest.fixture
def copd(curator) -> Topic:
    return Topic.enter(by=curator, name="COPD")


def sent(*knows, **changed) -> dict[str, object]:
    """What a browser sends: three rows, these of them filled in."""
    said = {"job_title": "Sister", "profession": "Nurse", "about": "", "reach": "Bleep 2214", "pattern": ""}
    rows = {f"topic_{row}": "" for row in range(3)} | {f"standing_{row}": "practising" for row in range(3)}
    for row, (topic, standing) in enumerate(knows):
        rows |= {f"topic_{row}": topic.pk, f"standing_{row}": standing}
    return {**said, **rows, "takes_questions": "on", "rows": 3, "seen": 0, **changed}


def known(person) -> dict[str, str]:
    return dict(person.expertise.values_list("topic__name", "standing"))


def test_a_nurse_says_what_she_does_and_what_to_ask_her(nurse, topic, copd, signed_in):
    page = signed_in(nurse).post("/people/me/", sent((topic, "leading"), (copd, "learning")))
    assert page.url == f"/people/{nurse.pk}/"
    nurse.refresh_from_db()
    assert (nurse.job_title, nurse.profile.reach) == ("Sister", "Bleep 2214")
    assert known(nurse) == {"Asthma": "leading", "COPD": "learning"}


def test_a_topic_that_is_taken_away_is_no_longer_hers(nurse, topic, copd, signed_in):
    Profile.write(of=nurse, seen=0, expertise={topic: "leading", copd: "practising"})
    signed_in(nurse).post("/people/me/", sent((topic, "practising"), seen=1))
    assert known(nurse) == {"Asthma": "practising"}


def test_a_topic_named_twice_is_told_beside_it(nurse, topic, signed_in):
    page = signed_in(nurse).post("/people/me/", sent((topic, "leading"), (topic, "learning")))
    assert page.status_code == 422
    assert "Asthma is there twice" in page.text
    assert not Profile.objects.exists()


def test_more_rows_come_by_a_button(nurse, topic, copd, signed_in):
    client = signed_in(nurse)
    page = client.post("/people/me/", sent((topic, "leading"), (copd, "leading"), more="yes"))
    assert page.url == "/people/me/#topics"
    assert 'name="topic_4"' in client.get("/people/me/").text


def test_it_is_saved_as_it_is_typed(nurse, topic, signed_in):
    client = signed_in(nurse)
    answer = client.post("/people/me/", sent((topic, "leading"), writer=nurse.pk), headers={"X-Autosave": "1"}).json()
    assert answer["fields"] == {"seen": 1}
    again = client.post("/people/me/", sent(seen=1, about="Ask me."), headers={"X-Autosave": "1"}).json()
    assert again["fields"] == {"seen": 2}
    assert Profile.objects.get().about == "Ask me."


def test_two_windows_of_hers_lose_nothing(nurse, signed_in):
    client = signed_in(nurse)
    client.post("/people/me/", sent(about="First."))
    page = client.post("/people/me/", sent(about="Second."))
    assert page.status_code == 409
    assert "Second." in page.text
    assert Profile.objects.get().about == "First."


def test_what_she_typed_is_never_saved_as_a_colleagues(nurse, registrar, signed_in):
    page = signed_in(registrar).post("/people/me/", sent(writer=nurse.pk, about="Mine."))
    assert page.status_code == 409
    assert not Profile.objects.exists()


@pytest.mark.parametrize("field", ["about", "reach", "pattern", "job_title", "profession"])
def test_an_nhs_number_holds_the_save(field, nurse, signed_in):
    page = signed_in(nurse).post("/people/me/", sent(**{field: "943 476 5919"}))
    assert page.status_code == 422
    assert "This looks as if it holds an NHS number" in page.text
    assert not Profile.objects.exists()


def test_she_may_say_that_it_is_a_telephone_number(nurse, signed_in):
    client = signed_in(nurse)
    held = client.post("/people/me/", sent(reach="943 476 5919")).text
    mark = held.split('name="not_an_nhs_number"')[1].split('value="')[1].split('"')[0]
    assert client.post("/people/me/", sent(reach="943 476 5919", not_an_nhs_number=mark)).status_code == 302
    assert Event.objects.filter(verb="said_not_an_nhs_number", by=nurse).exists()


@pytest.mark.parametrize("rows", ["", "x", "-1", "999", "99999999999999999999"])
def test_nonsense_about_rows_is_let_be(rows, nurse, signed_in):
    assert signed_in(nurse).post("/people/me/", sent(rows=rows)).status_code in (302, 422)


# Suggestions


def test_what_somebody_owns_wrote_shared_or_answered_is_offered_and_not_added(
    curator, nurse, registrar, topic, copd, asthma, services, signed_in
):
    told = {"title": "Spacers", "situation": "Always.", "practice": "So.", "why": "Because."}
    Insight.begin(by=nurse, service=services.respiratory, topics=[copd], **told).share(by=nurse)
    asked = Conversation.ask(by=nurse, to=registrar, question="Which spacer?", topics=[copd], opened=True)
    asked.say(by=registrar, text="The large one.")
    asked.close(by=nurse)
    assert [(one.name, one.why) for one in suggested(curator)] == [("Asthma", "you own “Acute asthma in adults”")]
    assert [(one.name, one.why) for one in suggested(nurse)] == [("COPD", "you shared “Spacers”")]
    assert [(one.name, one.why) for one in suggested(registrar)] == [("COPD", "you answered “Which spacer?”")]
    page = signed_in(curator).get("/people/me/").text
    assert "Asthma: you own “Acute asthma in adults”" in page
    assert not Expertise.objects.exists()


def test_what_is_ticked_is_what_they_do_and_is_not_offered_again(curator, topic, signed_in):
    client = signed_in(curator)
    client.post("/people/me/", sent(suggested=[topic.pk]))
    assert known(curator) == {"Asthma": "practising"}
    assert client.post("/people/me/", sent((topic, "leading"), suggested=[topic.pk], seen=1)).status_code == 302
    assert known(curator) == {"Asthma": "leading"}
    assert "you own" not in client.get("/people/me/").text


def test_a_conversation_that_two_keep_between_them_suggests_nothing(nurse, registrar, copd):
    asked = Conversation.ask(by=nurse, to=registrar, question="Which spacer?", topics=[copd])
    asked.say(by=registrar, text="The large one.")
    asked.close(by=nurse)
    assert suggested(registrar) == []


def test_an_approver_is_offered_the_topics_of_what_they_decided_on(curator, topic, asthma, northbridge):
    publish(asthma.start_draft(by=curator), loop="single", reason="Audit.")
    found = [(one.name, one.why) for one in suggested(decider(northbridge))]
    assert found == [("Asthma", "you decided on “Acute asthma in adults”")]


# Once a year


def test_once_a_year_somebody_is_asked_once_and_says_that_it_is_still_right(nurse, signed_in):
    profile = Profile.write(of=nurse, seen=0, reach="Bleep 2214")
    with clock.at(clock.now() + datetime.timedelta(days=366)):
        for _ in range(2):
            ask_whether_profiles_are_right()
        assert Notice.objects.get(to=nurse).words == "Is your profile still right?"
        assert "Is this still right?" in signed_in(nurse).get(f"/people/{nurse.pk}/").text
        assert signed_in(nurse).post("/people/me/still-right/").status_code == 302
        profile.refresh_from_db()
        assert profile.confirmed_on == clock.today()
        assert not profile.is_stale


def test_search_hears_of_a_new_name_within_the_hour(nurse):
    Profile.write(of=nurse, seen=0)
    nurse.describe(by=None, name="Amina Yusuf")
    make_people_findable()
    assert SearchEntry.objects.get(kind="person", subject_id=nurse.pk).title == "Amina Yusuf"


# The photograph


def picture(kind="JPEG", size=(640, 480), colour="teal", **how) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, kind, **how)
    return kept.getvalue()


def upload(content: bytes, name: str = "me.jpg") -> dict[str, object]:
    return {"photo": SimpleUploadedFile(name, content, "image/jpeg"), "show": "yes"}


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_made_small_and_loses_where_it_was_taken(kind, nurse, registrar, signed_in):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera of Amina", 6
    signed_in(nurse).post("/people/me/photo/", upload(picture(kind, exif=exif)))
    sha = Profile.objects.get().photo
    response = signed_in(registrar).get(f"/people/{nurse.pk}/photo/{sha}.jpg")
    content = b"".join(response.streaming_content)
    shown = Image.open(io.BytesIO(content))
    assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (256, 256), {})
    assert b"Camera of Amina" not in content
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response["Cache-Control"]
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Dear all, I have no photograph.", "choose a JPEG, PNG or WebP file"),
        (picture("GIF"), "choose a JPEG, PNG or WebP file"),
        (picture("JPEG")[:300], "choose a JPEG, PNG or WebP file"),
        (picture("PNG")[:60], "choose a JPEG, PNG or WebP file"),
        (picture("PNG", (8000, 5000)), "choose one of at most 36 megapixels"),
        (picture() + b"\0" * 6_000_000, "choose one of at most 5 MB"),
        (b"", "That file is empty"),
        (b"<svg onload='alert(1)'/>", "choose a JPEG, PNG or WebP file"),
    ],
    ids=["text", "gif", "half a jpeg", "half a png", "bomb", "6 MB", "empty", "svg"],
)
def test_anything_else_is_refused_beside_the_field_and_nothing_is_kept(content, sentence, nurse, signed_in):
    page = signed_in(nurse).post("/people/me/photo/", upload(content))
    assert page.status_code == 422
    assert sentence in page.text
    assert not Profile.objects.exists()


def test_no_file_is_told_beside_the_field(nurse, signed_in):
    page = signed_in(nurse).post("/people/me/photo/", {"show": "yes"})
    assert page.status_code == 422
    assert "Choose a photograph first" in page.text


def test_a_photograph_is_seen_in_its_trust_only_until_it_is_taken_off(nurse, stranger, client, signed_in):
    signed_in(nurse).post("/people/me/photo/", upload(picture()))
    address = f"/people/{nurse.pk}/photo/{Profile.objects.get().photo}.jpg"
    assert signed_in(stranger).get(address).status_code == 404
    assert client.get(address).status_code == 302
    signed_in(nurse).post("/people/me/photo/", {"off": "yes"})
    assert signed_in(nurse).get(address).status_code == 404


def test_what_was_taken_off_or_replaced_is_not_kept(nurse, signed_in, uploads, django_capture_on_commit_callbacks):
    client = signed_in(nurse)
    for sent_in in (upload(picture()), upload(picture(colour="navy")), {"off": "yes"}):
        before = Profile.objects.filter(user=nurse).exclude(photo="").first()
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/people/me/photo/", sent_in)
        assert before is None or not default_storage.exists(before.photo_path)


@pytest.mark.parametrize(
    ("mode", "kind"), [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("LA", "PNG"), ("I;16", "PNG"), ("RGBA", "WEBP")]
)
def test_a_photograph_of_any_colours_can_be_shown(mode, kind):
    kept = io.BytesIO()
    Image.new(mode, (640, 480)).save(kept, kind)
    assert Image.open(io.BytesIO(photographs.small(io.BytesIO(kept.getvalue())))).mode == "RGB"


# In a browser


@pytest.mark.browser
def test_a_nurse_fills_in_her_profile_in_two_minutes(page, sign_in, curator, topic, copd, accessible):
    sign_in(curator)
    page.goto("/account/")
    page.get_by_role("link", name="My profile").click()
    accessible(page)
    page.get_by_label("Job title").fill("Guidelines manager")
    page.get_by_label("Asthma: you own").check()
    page.get_by_label("Topic").first.select_option("COPD")
    page.get_by_label("How do you stand to it?").first.select_option("I lead on it")
    page.get_by_label("How do colleagues reach you?").fill("Bleep 2214")
    expect(page.get_by_text("Saved at")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. Your colleagues can see it.")).to_be_visible()
    expect(page.get_by_text("Bleep 2214")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Show a photograph").click()
    accessible(page)
    page.locator("input[type=file]").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": picture("PNG")}
    )
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("img.app-face")).to_be_visible()
    accessible(page)
