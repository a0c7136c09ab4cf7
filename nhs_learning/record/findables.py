"""What kinds of things can be found, and how each is fetched for a reader: apps register theirs when ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Findable:
    """A kind of thing. ``load(user, ids)`` returns what of these the person may see, by id, in at most one query
    (search's second lock); ``template`` shows one hit."""

    kind: str
    label: str
    load: Callable[[Any, Iterable[int]], dict[int, Any]]
    template: str


_kinds: dict[str, Findable] = {}


def register(findable: Findable) -> None:
    _kinds[findable.kind] = findable


def all_kinds() -> dict[str, Findable]:
    return dict(_kinds)
