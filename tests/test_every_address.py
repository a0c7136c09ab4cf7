"""A walk over every address of the site, as somebody who has not signed in and as a stranger from another trust."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from knowledge.models import Codification, Community, Conversation, Guidance, Insight, Session, Topic
from nhs_learning.record import clock
from reviews.models import Action, Change, Withdrawal
from routines.models import Check, Performance, Routine, Use

#: Open to anybody. Everything else asks for a sign-in.
OPEN = {
    "accessibility",
    "account_login",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "admin:login",  # leads to the sign-in page
    "health",
    "search",  # finds what is public
}
#: Pages of the reader's own, which a stranger has of course as well; they show nothing of Northbridge.
OWN = {
    "home",
    "browse",
    "due_for_review",
    "my_account",
    "my_frameworks",
    "my_absence",
    "notices",
    "routines",
    "insights",
    "insight_new",
    "insights_csv",
    "insights_feed",
    "people",
    "leaving_list",
    "ask",
    "my_profile",
    "my_photo",
    "still_right",
    "topics",
    "topic",  # one vocabulary for all trusts
    "conversations",
    "communities",
    "community_new",
    "routine_import",
    "routine_import_example",
    "sessions",
    "session_new",
    "routine_new",
    "withdrawals",
    "patterns",
    "register",
    "register_csv",
    "loops",
    "reviews",
    "checks",
    "decisions",
    "account_logout",
    "account_change_password",
    "admin:index",
    "admin:logout",
    "admin:jsi18n",
    "admin:autocomplete",
    "admin:password_change",
    "admin:password_change_done",
}


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        elif pattern.name:
            yield namespace + pattern.name, pattern


def _references(curator, draft, services) -> dict[str, str | int]:
    """The reference of one of each kind of thing in the trust's series, by how its address begins."""
    change = Change.suggest(by=curator, edition=draft)
    croup = Guidance.begin(by=curator, service=services.respiratory, kind="guideline", title="Croup")
    croup.adopt(by=curator)
    about = {"by": curator, "owner": curator, "due": clock.today(), "measure": "Look"}
    return {
        "change": change.reference,
        "review": change.review.reference,
        "withdrawal": Withdrawal.begin(by=curator, guidance=croup.guidance, why="Wrong.", instead="Ask.").reference,
        "action": Action.agree(review=change.review, what="Acute asthma", **about).reference,
        "pattern": [Use.record(by=curator, guidance=draft.guidance, how="departed", reason="other") for _ in range(3)][
            -1
        ].pattern_id,
        "finding": change.review.find(by=curator, what="Acute asthma", factor="tools").pk,
        "insight": Insight.begin(by=curator, service=services.respiratory, title="Acute asthma").pk,
        "check": _check(curator, services),
        **_among_people(curator, services),
        **_routines(curator),
    }


def _check(curator, services) -> int:
    """The key of a check of a routine that draws on guidance that is withdrawn."""
    wheeze = Guidance.begin(by=curator, service=services.respiratory, kind="guideline", title="Acute asthma, again")
    wheeze.adopt(by=curator)
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title="Acute asthma round")
    draft.write(by=curator, steps=[{"what": "Acute asthma", "draws_on": [f"guidance-{wheeze.guidance.pk}"]}])
    draft.adopt(by=curator)
    wheeze.guidance.withdraw(by=curator, why="Wrong.", instead="Ask.")
    return Check.objects.get(guidance=wheeze.guidance).pk


def _routines(curator) -> dict[str, str | int]:
    """Of a routine in force, and of one that is being written."""
    about = {"by": curator, "trust": curator.trust, "kind": "care", "title": "Acute asthma"}
    first, draft = (Routine.begin(**about) for _ in range(2))
    first.write(by=curator, goal="Acute asthma", steps=[{"who": "All", "what": "Acute asthma"}])
    first.adopt(by=curator)
    said = {"how": "adapted", "reason": "no_time", "words": "Acute asthma"}
    done = Performance.record(by=curator, routine=first.routine, **said)
    return {"routine": first.routine.slug, "draft": draft.routine.slug, "performance": done.pk}


def _among_people(curator, services) -> dict[str, str | int]:
    """One of each of what people have with each other."""
    community = Community.begin(by=curator, name="Acute asthma", purpose="Acute asthma")
    asked = Conversation.ask(by=curator, community=community, question="Acute asthma?")
    about = {"kind": "peer_assist", "on": clock.today(), "title": "Acute asthma"}
    session = Session.plan(by=curator, service=services.respiratory, **about)
    return {
        "person": curator.pk,
        "topic": Topic.enter(by=curator, name="Breathing").slug,
        "leaving": curator.pk,
        "community": community.slug,
        "conversation": asked.pk,
        "session": session.pk,
        "output": session.bring_out(by=curator, kind="insight", text="Acute asthma").pk,
    }


def _in_the_admin(curator, draft, asthma, framework, services, huddle) -> dict[str, Any]:
    """What the pages of the admin are about, by the model's name in their addresses."""
    said = dict.fromkeys(("title", "situation", "practice", "why"), "Acute asthma")
    insight = Insight.begin(by=curator, service=services.respiratory, **said)
    insight.share(by=curator)
    return {
        "service": services.respiratory,
        "user": curator,
        "trust": curator.trust,
        "membership": curator.memberships.first(),
        "revision": draft,
        "guidance": asthma,
        "guideline": asthma,
        "serviceframework": framework,
        "insight": insight,
        "routine": huddle,
        "codification": Codification.propose(by=curator, insight=insight, guidance=asthma, why="Acute asthma"),
    }


def _of_a_routine(name: str, references: dict[str, Any]) -> dict[str, Any]:
    """The routine that an address is about: one in force, or one that is being written."""
    being_written = ("routine_draft", "routine_draft_read", "routine_draft_import", "routine_throw_away")
    slug = references["draft" if name in being_written else "routine"]
    return {"slug": slug, "pk": references["performance"]}


@pytest.fixture
def walk(framework, asthma, curator, services, huddle):
    """Every named address, filled in with things of Northbridge."""
    draft = asthma.start_draft(by=curator)
    attachment = draft.attach(name="chart.csv", content=b"a,b", content_type="text/csv")
    references, things = (
        _references(curator, draft, services),
        _in_the_admin(curator, draft, asthma, framework, services, huddle),
    )
    values = {
        "trust": "znb",
        "slug": framework.slug,
        "service": services.respiratory.slug,
        "number": 1,
        "name": "chart.csv",
        "uidb36": "1",
        "key": "set-password",
        "statement": "s1",
        "upload": 1,
        "finding": references["finding"],
        "sha": "0" * 64,
        "how": "adapted",
    }

    def filled() -> Iterator[tuple[str, str]]:
        for name, pattern in addresses():
            wanted = pattern.pattern.converters or dict.fromkeys(pattern.pattern.regex.groupindex, None)
            if name.startswith("admin:"):
                if name in ("admin:view_on_site", "admin:app_list") or not pattern.name:
                    continue
                model = name.removeprefix("admin:").split("_")[1] if wanted else ""
                arguments = [things[model].pk if model in things else 1] if wanted else []
                yield name, reverse(name, args=arguments)
                continue
            given = dict(values)
            given["pk"] = attachment.pk if name == "attachment" else draft.pk
            what = name.partition("_")[0]
            if what in ("insight", "person", "leaving", "conversation", "session", "output", "check", "pattern"):
                given["pk"] = references[what]
            if what in ("community", "topic"):
                given["slug"] = references[what]
            if what in ("routine", "performance", "otherwise"):
                given |= _of_a_routine(name, references)
            if name == "routine_hand_on":
                given["pk"] = curator.pk
            given["reference"] = references.get(name.partition("_")[0], "")
            if name == "method":
                given["slug"] = "desk-review"
            if name == "guidance_draft":
                given["slug"] = asthma.slug
            missing = set(wanted) - set(given)
            assert not missing, f"{name} takes {missing}: say in this test what to fill in"
            yield name, reverse(name, kwargs={key: given[key] for key in wanted})

    return list(filled())


def test_somebody_not_signed_in_is_sent_to_the_sign_in_page_from_every_closed_address(client, walk):
    for name, address in walk:
        response = client.get(address)
        if name in OPEN:
            assert response.status_code in (200, 302), name
        elif name == "attachment":
            assert response.status_code in (302, 404), name
        else:
            leads_to = response.url.split("?")[0] if response.status_code == 302 else response.status_code
            assert leads_to in ("/sign-in/", "/admin/login/"), (name, leads_to)


def test_every_page_of_a_demonstration_trust_says_that_it_is_no_advice(signed_in, curator, walk):
    client, said = signed_in(curator), 0
    for name, address in walk:
        response = client.get(address)
        html = response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")
        if html and not name.startswith("account_logout"):
            assert "Demonstration content, not clinical advice." in response.text, name
            said += 1
    assert said > 40


def test_a_stranger_from_another_trust_sees_nothing_of_northbridge(signed_in, stranger, walk):
    client = signed_in(stranger)
    for name, address in walk:
        response = client.get(address)
        if response.status_code == 405:  # only to be sent to
            response = client.post(address)
        if name in OPEN | OWN:
            assert response.status_code in (200, 302, 400, 403, 405), (name, response.status_code)
        elif response.status_code == 302:
            assert response.url in ("/admin/",), (name, response.url)  # the admin's way of saying: no such thing
        elif response.status_code == 200:
            assert name.startswith(("admin:", "guidance_import")), name
        else:
            assert response.status_code in (403, 404), (name, response.status_code)
        said = b"".join(response.streaming_content) if response.streaming else response.content
        for secret in (b"Acute asthma", b"Long-term conditions", b"Northbridge"):
            assert secret not in said, (name, secret)
