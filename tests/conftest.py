"""The people and things that the tests speak of. Everything reaches its state by the domain's own verbs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from django.test import Client

from knowledge.models import Guidance
from nhs_learning.people.models import Service, Trust, User
from routines.models import Routine, Source

# Playwright's synchronous driver runs an event loop in this thread, where Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Tests need no collected static files."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def northbridge(db) -> Trust:
    return Trust.register(ods_code="ZNB", name="Northbridge University Hospitals")[0]


@pytest.fixture
def southgate(db) -> Trust:
    return Trust.register(ods_code="ZSG", name="Southgate General")[0]


@pytest.fixture
def services(northbridge) -> SimpleNamespace:
    """Medicine, with respiratory and cardiology beneath it; surgery beside it."""

    def service(slug: str, parent: Service | None = None) -> Service:
        return Service.open(by=None, trust=northbridge, name=slug.capitalize(), slug=slug, parent=parent)

    medicine = service("medicine")
    return SimpleNamespace(
        medicine=medicine,
        respiratory=service("respiratory", medicine),
        cardiology=service("cardiology", medicine),
        surgery=service("surgery"),
    )


@pytest.fixture
def person(northbridge) -> Callable[..., User]:
    """Welcome somebody: ``person("nurse", role="reader", service=…)``."""

    def welcome(name: str, *, role: str = "", service: Service | None = None, trust: Trust | None = None) -> User:
        user = User.objects.welcome(
            by=None,
            email=f"{name}@northbridge.example",
            name=name.capitalize(),
            trust=trust or northbridge,
            password="pass",
        )
        if role:
            user.join(service, role=role, by=None)
        return user

    return welcome


@pytest.fixture
def nurse(person, services) -> User:
    """Reads, in respiratory."""
    return person("nurse", role="reader", service=services.respiratory)


@pytest.fixture
def registrar(person, services) -> User:
    """Contributes, in medicine."""
    return person("registrar", role="contributor", service=services.medicine)


@pytest.fixture
def facilitator(person) -> User:
    return person("facilitator", role="facilitator")


@pytest.fixture
def approver(person) -> User:
    return person("approver", role="approver")


@pytest.fixture
def curator(person) -> User:
    """Curates for the whole trust."""
    return person("curator", role="curator")


@pytest.fixture
def lead(person, services) -> User:
    """Leads medicine, and so respiratory and cardiology."""
    return person("lead", role="service_lead", service=services.medicine)


@pytest.fixture
def administrator(person) -> User:
    return person("admin", role="administrator")


@pytest.fixture
def stranger(person, southgate) -> User:
    """A curator, but of another trust."""
    return person("stranger", role="curator", trust=southgate)


@pytest.fixture
def asthma(curator, services) -> Guidance:
    """A guideline in force for the whole trust, owned by the curator, in respiratory, with two statements."""
    draft = Guidance.begin(by=curator, service=services.respiratory, kind="guideline", title="Acute asthma in adults")
    draft.edit(
        by=curator,
        aim="Safe first hour of care.",
        scope="Adults with acute asthma. Not children.",
        summary="Give oxygen, a bronchodilator and a steroid. Ask for help early.",
        body="## Recognise\n\nA peak flow under half of best is *severe*.\n\n"
        "## Treat\n\n| Drug | Dose |\n|---|---|\n| Salbutamol | 5 mg |\n",
    )
    draft.say(number="1.1", text="Offer oxygen to keep saturation at 94 to 98 per cent.", strength="offer")
    draft.say(number="1.2", text="Consider magnesium sulphate.", strength="consider", certainty="moderate")
    draft.adopt(by=curator)
    return draft.guidance


@pytest.fixture
def huddle(asthma, curator, lead, services) -> Routine:
    """A care routine in force in respiratory, owned by its lead: three steps, of which the second draws on the asthma
    guideline's first statement."""
    oxygen = Source(statement=asthma.statements.order_by("pk").first()).token
    about = {"trust": curator.trust, "service": services.respiratory, "owner": lead}
    draft = Routine.begin(by=curator, kind="care", title="Breathless huddle", **about)
    draft.write(
        by=curator,
        goal="Everybody knows within five minutes who is worst.",
        norms="Anybody may call it.",
        steps=[
            {"who": "Nurse in charge", "what": "Call the team together", "minutes": 1},
            {"who": "Nurse", "what": "Say each person’s oxygen", "tool": "The board", "draws_on": [oxygen]},
            {"who": "Registrar", "what": "Say who is seen first", "prompt": "Who worries you most?"},
        ],
        draws_on={"policies": [f"guidance-{asthma.pk}"]},
    )
    draft.adopt(by=curator)
    draft.routine.refresh_from_db()
    return draft.routine


@pytest.fixture
def framework(curator, services) -> Guidance:
    """A service framework in force with two standards, one milestone, applying to respiratory and cardiology."""
    draft = Guidance.begin(
        by=curator, service=services.medicine, kind="service_framework", title="Long-term conditions"
    )
    draft.guidance.applies_to.set([services.respiratory, services.cardiology])
    first = draft.say(number="1", text="Everyone with a long-term condition has a care plan that they helped to write.")
    draft.say(number="2", text="Everyone knows whom to ring, day and night.")
    draft.expect(statement=first.statement, what="Nine in ten have a care plan", measure="Audit of notes")
    draft.adopt(by=curator)
    return draft.guidance


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A client signed in as somebody: ``signed_in(nurse).get("/")``."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=flags)
        yield chromium
        chromium.close()


def _chromium() -> str:
    import shutil

    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.fail("The browser tests need Chromium: install it, or say where it is with CHROMIUM=/path/to/chromium.")
    return found


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def page(request, browser, live_server) -> Iterator[object]:
    """A browser page at the width of a desktop and of a phone; any error in its console fails the test."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": request.param, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems, problems


@pytest.fixture
def accessible() -> Callable[[object], None]:
    """Fails, saying what and where, when a page is hard to use for somebody, by axe or by running off to the right.

    Waits for the page to be there whole: a click returns as soon as the next page begins to arrive.
    """
    from axe_playwright_python.sync_playwright import Axe

    def check(page: object) -> None:
        page.wait_for_load_state()
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (
            f"{page.url} is wider than the screen"
        )
        results = Axe().run(page)
        assert not results.violations_count, results.generate_report()

    return check


@pytest.fixture
def sign_in(page, live_server) -> Callable[[User], None]:
    """Sign the page in as somebody, by a session like the one that the sign-in page makes."""

    def as_person(user: User) -> None:
        client = Client()
        client.force_login(user)
        page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )

    return as_person
