"""How strong a recommendation is, as far as NICE's wording tells."""

from __future__ import annotations

import re

#: In NICE's words: "offer" and its like are strong, "consider" weaker, "must" only for a legal duty or extreme
#: consequences.
_PATTERNS = (
    ("must_not", re.compile(r"\bmust (?:not|never)\b", re.I)),
    ("do_not_consider", re.compile(r"^(?:do not|don[’']t) consider\b", re.I)),
    (
        "do_not_offer",
        re.compile(r"^(?:do not|don[’']t|never|avoid)\b|\bshould (?:not|never)\b|, do not \w+|[,:] never \w+", re.I),
    ),
    ("must", re.compile(r"\bmust\b", re.I)),
    (
        "consider",
        re.compile(
            r"^consider\b|, consider\b|\b(?:may|could) be (?:considered|offered|used)\b"
            r"|\bshould (?:be considered|(?:\w+ )?consider)\b",
            re.I,
        ),
    ),
)
_VERBS = [
    "offer",
    "advise",
    "ask",
    "assess",
    "arrange",
    "be",
    "begin",
    "book",
    "carry",
    "check",
    "choose",
    "continue",
    "discuss",
    "document",
    "encourage",
    "ensure",
    "establish",
    "examine",
    "explain",
    "explore",
    "follow",
    "foster",
    "give",
    "identify",
    "immediately",
    "include",
    "inform",
    "initiate",
    "invite",
    "keep",
    "look",
    "maintain",
    "make",
    "manage",
    "measure",
    "monitor",
    "obtain",
    "only",
    "perform",
    "plan",
    "prescribe",
    "provide",
    "reassess",
    "recognise",
    "recommend",
    "record",
    "reduce",
    "refer",
    "repeat",
    "request",
    "review",
    "screen",
    "seek",
    "send",
    "start",
    "stop",
    "suspect",
    "switch",
    "take",
    "talk",
    "test",
    "tell",
    "think",
    "treat",
    "urgently",
    "use",
    "withhold",
]
_STRONG = re.compile(rf"^(?:{'|'.join(_VERBS)})\b|\bshould\b|, (?:{'|'.join(_VERBS)})\b", re.I)


def strength_of(text: str) -> str:
    """The strength that these words suggest: must, must_not, offer, do_not_offer, consider, do_not_consider, or ''.

    Only the first sentence is read, since what follows it explains or narrows.
    """
    sentence = re.split(r"(?<=[.:])\s|\n", text.strip(), maxsplit=1)[0]
    for strength, pattern in _PATTERNS:
        if pattern.search(sentence):
            return strength
    return "offer" if _STRONG.search(sentence) else ""
