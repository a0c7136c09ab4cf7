"""What a person wants a draft to say as a whole, and how its rows become that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from knowledge import merging
from knowledge.models.statement import Milestone, Statement, Wording

if TYPE_CHECKING:
    from knowledge.models.guidance import Guidance
    from knowledge.models.revision import Revision

#: What a milestone says.
MILESTONE = ("what", "by_when", "measure")


@dataclass
class Said:
    """A statement as the draft is to word it, in its place. ``statement`` is the lasting one; None begins a new one.
    ``texts``: number, text, strength, certainty, update_label."""

    texts: dict[str, Any]
    statement: Statement | None = None


@dataclass
class Expected:
    """A milestone in its place. ``of`` is the statement that it belongs to, as said in the same draft; ``pk`` is its
    own, when the draft has it already. ``texts``: what, by_when, measure."""

    texts: dict[str, Any]
    of: Said
    pk: int | None = None


@dataclass
class Draft:
    """All that a draft is to say. Statements and milestones that are not listed are dropped from it; their lasting
    statements stay, with what was ever said of them."""

    texts: dict[str, Any] = field(default_factory=dict)
    statements: list[Said] = field(default_factory=list)
    milestones: list[Expected] = field(default_factory=list)

    @classmethod
    def saying(cls, statements: Mapping[int, merging.Statement], *, of: Guidance) -> Draft:
        """What says these statements of a piece of guidance, by their lasting ids, with their milestones."""
        draft, lasting = cls(), of.statements.in_bulk(statements)
        for pk, one in statements.items():
            text, strength, certainty = one.words
            texts = {"number": one.number, "text": text, "strength": strength, "certainty": certainty}
            said = Said({**texts, "update_label": one.label}, statement=lasting[pk])
            draft.statements.append(said)
            draft.milestones += [Expected(dict(zip(MILESTONE, row, strict=True)), of=said) for row in one.milestones]
        return draft

    def put_into(self, revision: Revision) -> None:
        """Make the draft's rows say this, in this order, keeping the rows that it has already."""
        self._drop_from(revision)
        had = {wording.statement_id: wording for wording in revision.wordings.all()}
        for position, said in enumerate(self.statements):
            said.statement = said.statement or revision.guidance.new_statement()
            wording = had.get(said.statement.pk) or Wording(revision=revision, statement=said.statement)
            _set(wording, position=position, **said.texts)
        known = revision.milestones.in_bulk()
        for position, expected in enumerate(self.milestones):
            milestone = known.get(expected.pk) or Milestone(revision=revision)
            _set(milestone, position=position, statement=expected.of.statement, **expected.texts)

    def _drop_from(self, revision: Revision) -> None:
        kept = [said.statement.pk for said in self.statements if said.statement]
        revision.milestones.exclude(pk__in=[expected.pk for expected in self.milestones if expected.pk]).delete()
        revision.wordings.exclude(statement__in=kept).delete()


def _set(row: Wording | Milestone, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
