"""Small edits to a draft, as the content writes them: find this, say that. What finds none, or more than one, fails."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from knowledge.models import Revision
from knowledge.models.drafting import Draft, Expected, Said
from nhs_learning.demo.routines import step_said, tokens
from nhs_learning.people.models import User
from routines.models import RoutineRevision

TEXTS = ("title", "aim", "scope", "summary", "body")
WORDED = ("number", "text", "strength", "certainty", "update_label")


def edit(draft: Revision | RoutineRevision, edits: Iterable[dict[str, Any]], *, by: User) -> None:
    """Make a draft say what these edits say. Each is one of: part (a text, or a statement's key), old, new; say (a new
    statement) and after (a key); drop (a key); milestone (its place, from 1) and what it becomes; in a routine also
    step (a new one) and at (its place, from 0), in_step (a key) and what of it becomes what, without (the key of a step
    that is taken out)."""
    edits = list(edits)
    if isinstance(draft, Revision) and all(one.get("part") in TEXTS for one in edits):
        draft.edit(by=by, **_texts(draft, edits))
    elif isinstance(draft, Revision):
        whole = _as_it_is(draft)
        for one in edits:
            _change(whole, one)
        draft.write(by=by, draft=whole)
    else:
        _edit_routine(draft, edits, by=by)


def replaced(text: str, *, old: str, new: str) -> str:
    """The text with the one place that says ``old`` saying ``new``."""
    if text.count(old) != 1:
        raise LookupError(f"It says {text.count(old)} times, and not once: {old}")
    return text.replace(old, new)


def _as_it_is(draft: Revision) -> Draft:
    said = {
        wording.statement_id: Said({name: getattr(wording, name) for name in WORDED}, statement=wording.statement)
        for wording in draft.wordings.select_related("statement")
    }
    milestones = [
        Expected(
            {"what": row.what, "by_when": row.by_when, "measure": row.measure}, of=said[row.statement_id], pk=row.pk
        )
        for row in draft.milestones.all()
    ]
    return Draft({name: getattr(draft, name) for name in TEXTS}, statements=list(said.values()), milestones=milestones)


def _change(whole: Draft, one: dict[str, Any]) -> None:
    if "say" in one:
        row = {"strength": "", "certainty": "", "update_label": "", **one["say"], "number": str(one["say"]["number"])}
        whole.statements.insert(whole.statements.index(_said(whole, one["after"])) + 1, Said(row))
    elif "drop" in one:
        whole.statements.remove(_said(whole, one["drop"]))
    elif "milestone" in one:
        becomes = {name: value for name, value in one.items() if name != "milestone"}
        whole.milestones[one["milestone"] - 1].texts.update(becomes)
    elif one["part"] in TEXTS:
        part = one["part"]
        whole.texts[part] = replaced(whole.texts[part], old=one["old"], new=one["new"])
    else:
        said = _said(whole, one["part"])
        said.texts["text"] = replaced(said.texts["text"], old=one["old"], new=one["new"])
        said.texts |= {name: one[name] for name in WORDED if name in one}


def _said(whole: Draft, key: str) -> Said:
    return next(said for said in whole.statements if said.statement and said.statement.key == key)


def _texts(draft: Revision | RoutineRevision, edits: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The texts that these edits change, as they become."""
    texts: dict[str, Any] = {}
    for one in edits:
        part = one["part"]
        texts[part] = replaced(texts.get(part, getattr(draft, part)), old=one["old"], new=one["new"])
    return texts


def _edit_routine(draft: RoutineRevision, edits: Iterable[dict[str, Any]], *, by: User) -> None:
    steps = [step.said() for step in draft.steps.in_full()]
    trust = draft.routine.trust
    for one in edits:
        if "step" in one:
            steps.insert(one["at"], step_said(one["step"], trust=trust))
        elif "in_step" in one:
            step = next(step for step in steps if step.get("key") == one["in_step"])
            step |= {name: said for name, said in one.items() if name not in ("in_step", "draws_on")}
            step |= {"draws_on": tokens(one["draws_on"], trust=trust)} if "draws_on" in one else {}
        elif "without" in one:
            steps.remove(next(step for step in steps if step.get("key") == one["without"]))
    draft.edit(by=by, **_texts(draft, [one for one in edits if "part" in one]))
    draft.write(by=by, steps=steps)
