"""Finding what a step, or a governing variable, draws on by typing part of its title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Length
from django.utils.text import Truncator

from knowledge.models import Guidance, Insight, Statement, Wording
from nhs_learning.people.models import User
from nhs_learning.people.picking import MOST
from routines.models import Source
from routines.models.step import TOKEN, called

#: How many different searches one page looks up.
MOST_SEARCHES = 30
#: The number of a recommendation, as people type it: 1, 1.2, 1.2.3.
_NUMBER = re.compile(r"\d+(\.\d+)*\.?")


@dataclass(frozen=True)
class Found:
    """Something to draw on, by its ``token`` ("statement-12"), and what it is called; what it ``says`` where that is
    one recommendation."""

    token: str
    name: str
    says: str


class Sources:
    """Guidance in force, its recommendations, and shared insights: those that are open to the whole trust, since
    whoever reads the routine has to be able to read them. ``kept``: what the draft draws on already, which stays even
    where it is no longer in force.

    One for a whole page: ``look_for`` and ``know`` ask at once for what its many fields will ask for, so that a page of
    thirty steps takes as many queries as a page of one.
    """

    none = "Nothing that is open to everybody here is called “%s”"
    another = "Something else? Type part of its title, and for one recommendation its number, too"

    def __init__(self, user: User, *, kept: Iterable[str] = ()):
        open_to_all = Guidance.Audience.TRUST, Guidance.Audience.NETWORK, Guidance.Audience.PUBLIC
        guidance = Guidance.objects.visible_to(user).of(user.trust).in_force().filter(audience__in=open_to_all)
        number = Wording.objects.filter(statement=OuterRef("pk"), revision=OuterRef("guidance__current"))
        said = Statement.objects.filter(guidance__in=guidance.order_by().values("pk"))
        told = Insight.objects.shared().filter(trust=user.trust_id)
        self._among: dict[str, Any] = {
            "guidance": guidance,
            "statement": said.annotate(number=Subquery(number.values("number")[:1])).exclude(number=None),
            "insight": told.filter(audience__in=(Insight.Audience.TRUST, Insight.Audience.NETWORK)),
        }
        self._kept = set(kept)
        self._known: dict[str, Found] = {}
        self._asked: set[str] = set()
        self._called: dict[str, list[Found]] = {}

    # What a page asks for

    def called(self, words: str) -> list[Found]:
        if words not in self._called:
            self.look_for([words])
        return self._called.get(words, [])

    def known_as(self, values: Iterable[str]) -> list[Found]:
        wanted = list(dict.fromkeys(values))
        self.know(wanted)
        return [self._known[token] for token in wanted if token in self._known]

    def value(self, thing: Found) -> str:
        return thing.token

    def label(self, thing: Found) -> str:
        return thing.name

    def hint(self, value: str) -> str:
        """What a recommendation says, so that its number need not be known by heart."""
        return self._known[value].says if value in self._known else ""

    # Asked at once

    def know(self, tokens: Iterable[str]) -> None:
        """Learn the names of these tokens, where they may be drawn on: a few queries however many there are."""
        new = {token for token in tokens if _is_token(token)} - self._asked
        self._asked |= new
        allowed = new & self._kept
        for kind, among in self._among.items():
            if wanted := [pk for token in new - allowed for pk in _key(token, kind)]:
                open_to_all = among.filter(pk__in=wanted).values_list("pk", flat=True)
                allowed |= {TOKEN.format(kind=kind, pk=pk) for pk in open_to_all}
        self._learn(allowed)

    def look_for(self, searches: Iterable[str]) -> None:
        """Find what is called like each of these, for ``called``: a few queries however many there are."""
        new = [words for words in dict.fromkeys(searches) if words not in self._called][:MOST_SEARCHES]
        tokens: dict[str, list[str]] = {words: [] for words in new}
        for kind, asked in (("guidance", self._titled), ("statement", self._numbered), ("insight", self._titled)):
            questions = [asked(kind, words, place) for place, words in enumerate(new)]
            for place, pk in _together([one for one in questions if one is not None]):
                tokens[new[place]].append(TOKEN.format(kind=kind, pk=pk))
        self._learn(token for some in tokens.values() for token in some)
        self._called |= {words: [self._known[one] for one in some[: MOST + 1]] for words, some in tokens.items()}

    def _learn(self, tokens: Iterable[str]) -> None:
        new = set(tokens) - set(self._known)
        if not new:
            return
        numbered = [pk for token in new for pk in _key(token, "statement")]
        now = Wording.objects.filter(statement__in=numbered, revision__current_of__in=self._among["guidance"])
        says = dict(now.values_list("statement", "text")) if numbered else {}
        for token, name in called(new).items():
            text = next((says[pk] for pk in _key(token, "statement") if pk in says), "")
            self._known[token] = Found(token, name, Truncator(text).chars(100))

    def _titled(self, kind: str, words: str, place: int) -> Any:
        return _rows(_with_words(self._among[kind], "title", words.split()).order_by("title", "pk"), place)

    def _numbered(self, kind: str, words: str, place: int) -> Any:
        """Those whose number was typed, the exact one first; none without a number: each guideline has dozens."""
        typed = words.split()
        number = next((word.rstrip(".") for word in typed if _NUMBER.fullmatch(word)), None)
        if number is None:
            return None
        title = [word for word in typed if word.rstrip(".") != number]
        named = _with_words(self._among[kind], "guidance__title", title)
        near = named.filter(Q(number=number) | Q(number__startswith=f"{number}."))
        return _rows(near.order_by(Length("number"), "guidance__title", "number"), place)


def _with_words(among: Any, field: str, words: Iterable[str]) -> Any:
    for word in words:
        among = among.filter(**{f"{field}__icontains": word.replace("\0", "")})
    return among


def _rows(found: Any, place: int) -> Any:
    """The first of them, each with the place of the search that found it."""
    return found.annotate(place=Value(place, IntegerField())).values_list("place", "pk")[: MOST + 1]


def _together(questions: list[Any]) -> list[tuple[int, int]]:
    """The rows of all these questions, in one query."""
    if len(questions) < 2:
        return [row for one in questions for row in one]
    return list(questions[0].union(*questions[1:], all=True))


def _is_token(token: str) -> bool:
    try:
        Source.naming(token)
    except ValueError:
        return False
    return True


def _key(token: str, kind: str) -> list[int]:
    """The key that a token of this kind names; none of another."""
    return [pk for name, pk in Source.naming(token).items() if name == f"{kind}_id"]
