"""What kinds of things can be found, and how each is fetched for a reader: apps register theirs when ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Findable:
    """A kind of thing. ``load(user, ids)``, with the ids of each kind, returns what of these the person may see, by
    kind and id, in at most one query (search's second lock); kinds that have the same are loaded together.
    ``template`` shows one hit."""

    kind: str
    label: str
    load: Callable[[Any, Mapping[str, list[int]]], dict[tuple[str, int], Any]]
    template: str


_kinds: dict[str, Findable] = {}


def register(findable: Findable) -> None:
    _kinds[findable.kind] = findable


def all_kinds() -> dict[str, Findable]:
    return dict(_kinds)
