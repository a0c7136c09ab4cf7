"""What follows from a deed on a higher floor, in the deed's own transaction: whoever must know registers, and is told.

A lower floor says what happened to its things without knowing who cares; an upper app says in ``AppConfig.ready``
what it does then. Twice registered is once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

#: What is done with the thing that it happened to; ``by`` is whose deed it was.
Listener = Callable[..., None]

_listeners: dict[str, list[Listener]] = defaultdict(list)


def listen(what: str, listener: Listener) -> None:
    """Have ``listener(thing, by=...)`` called whenever ``what`` happens."""
    if listener not in _listeners[what]:
        _listeners[what].append(listener)


def tell(what: str, thing: Any, *, by: Any) -> None:
    """It happened to this thing. Called within the transaction, so what listeners do stands or falls with it."""
    for listener in _listeners[what]:
        listener(thing, by=by)
