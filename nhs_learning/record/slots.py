"""Named slots: a lower floor's page leaves room, and an upper app fills it without being imported.

An app registers in ``AppConfig.ready``; a template says ``{{ slot('guidance_aside', guidance) }}``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import jinja2
from markupsafe import Markup

#: What fills a slot: called with the request and the slot's subject, it returns safe HTML, or "" for nothing.
Filler = Callable[..., str]

#: What fills a slot of which each part of a page has one: returns safe HTML by the parts' keys.
PartsFiller = Callable[..., dict[str, Markup]]

_fillers: dict[str, list[tuple[int, Filler]]] = defaultdict(list)
_parts_fillers: dict[str, list[PartsFiller]] = defaultdict(list)
_for_many: ContextVar[bool] = ContextVar("for_many", default=False)


@contextmanager
def none_filled() -> Iterator[None]:
    """While a part of a page is rendered that many will be shown: what a slot shows is one reader's own."""
    token = _for_many.set(True)
    try:
        yield
    finally:
        _for_many.reset(token)


def fill(name: str, filler: Filler, *, order: int = 100) -> None:
    """Let ``filler(request, subject)`` have a place in the slot; lower ``order`` comes first. Twice is once."""
    if (order, filler) not in _fillers[name]:
        _fillers[name].append((order, filler))
        _fillers[name].sort(key=lambda entry: entry[0])


def fill_parts(name: str, filler: PartsFiller) -> None:
    """Let ``filler(request, subject)`` say something in each part of a page. Twice is once."""
    if filler not in _parts_fillers[name]:
        _parts_fillers[name].append(filler)


@jinja2.pass_context
def slots_of_parts(context: jinja2.runtime.Context, name: str, subject: object = None) -> dict[str, Markup]:
    """All that upper floors have to show in the parts of a page, by their keys, in the order of registering. A page
    that keeps such a part asks for it outside, and names it in the key."""
    found: dict[str, Markup] = {}
    for filler in _parts_fillers[name]:
        for key, html in filler(context["request"], subject).items():
            found[key] = found.get(key, Markup("")) + html
    return found


@jinja2.pass_context
def slot(context: jinja2.runtime.Context, name: str, subject: object = None) -> Markup:
    """All that upper floors have to show in the slot, in order. RuntimeError within what is kept for many readers."""
    if _for_many.get():
        raise RuntimeError(f"The slot {name} stands in a part of the page that is kept: fill it outside, as its key.")
    return Markup("").join(Markup(filler(context["request"], subject)) for _, filler in _fillers[name])
