"""One review as its page shows it and is written on: prompts with their answers, what was found, what came of it, and
what is missing before it can be closed. Several people may write at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q

from knowledge.models import Conflict
from nhs_learning.people.models import User
from nhs_learning.record.forms import record_confirmations
from reviews.forms.writing import WritingForm, name_of
from reviews.models import Action, Answer, Change, Decision, Finding, Review
from reviews.models.review import mark
from reviews.permissions import may_see_reading
from routines.models import Step

#: How many rows of a kind a page shows at the most.
MOST = 200


@dataclass
class Question:
    """One prompt. ``seen`` is what its form began with; ``overtaken`` is what somebody else has answered since then,
    where this person changed it, too."""

    step: Step
    answer: Answer | None
    seen: str
    overtaken: Answer | None = None

    @property
    def name(self) -> str:
        return name_of(self.step)

    @property
    def text(self) -> str:
        return self.answer.text if self.answer else ""

    @property
    def now(self) -> str:
        """What a form begins with now: how often it was saved, and the mark of what it says."""
        return f"{self.answer.saves if self.answer else 0}.{mark(self.text)}"

    def put(self, review: Review, text: str, *, by: User) -> None:
        """Save what was typed, if this person changed it."""
        saves, _, began = self.seen.partition(".")
        if mark(text) == began or text == self.text:
            return
        try:
            self.answer = review.answer(by=by, step=self.step, text=text, seen=int(saves) if saves.isdecimal() else 0)
            self.seen = self.now
        except Conflict:
            self.answer = Answer.objects.select_related("by").filter(review=review, step=self.step).first()
            if self.answer is None:
                raise
            self.overtaken, self.seen = self.answer, self.now


class Sheet:
    """The review with all that stands in it, for one reader; ``data`` is what they sent."""

    def __init__(self, review: Review, reader: User, data: Any = None):
        self.review, self.reader, self.data = review, reader, data
        steps = [step for step in review.method.steps.all() if step.prompt]
        answers = {answer.step_id: answer for answer in review.answers.select_related("by")}
        self.questions = [self._question(step, answers.get(step.pk)) for step in steps]
        self.reflection = review.reflection if data is None else data.get("reflection", "")
        self.reflected_meanwhile = False
        texts = {pk: answer.text for pk, answer in answers.items()}
        closing = data is not None and "close" in data
        self.form = WritingForm(data, review=review, steps=steps, answers=texts, closing=closing)

    def _question(self, step: Step, answer: Answer | None) -> Question:
        question = Question(step, answer, "")
        question.seen = question.now if self.data is None else self.data.get(f"seen-{step.pk}", "")
        return question

    # Writing

    def save(self, *, finding: bool) -> bool:
        """Keep what was typed, each answer by itself. False where somebody else was quicker with any of it."""
        said, review, me = self.form.cleaned_data, self.review, self.reader
        for question in self.questions:
            question.put(review, said[question.name], by=me)
        try:
            review.reflect(by=me, learning=said["learning"], share_with=said["share_with"], seen=self.reflection)
            self.reflection = mark(f"{said['learning']}\n\n{said['share_with']}")
        except Conflict:
            review.refresh_from_db(fields=["learning", "share_with", "state"])
            if not review.is_open:
                raise
            self.reflected_meanwhile, self.reflection = True, review.reflection
        if finding and said["what"]:
            review.find(by=me, what=said["what"], factor=said["factor"])
        record_confirmations([self.form], by=me, subject=review, trust=review.trust)
        return not self.overtaken

    def shown(self, question: Question) -> tuple[str, str]:
        """What a question's form holds, and began with: what this person typed, or else what is answered now."""
        typed = question.text if self.data is None else self.data.get(question.name, "")
        touched = mark(typed) != question.seen.partition(".")[2]
        return (typed, question.seen) if touched else (question.text, question.now)

    @property
    def overtaken(self) -> list[str]:
        """What somebody else wrote while this person did, in words."""
        told = [f"{one.overtaken.by.name} answered “{one.step.prompt}”" for one in self.questions if one.overtaken]
        return [*told, "Somebody wrote about your learning"] if self.reflected_meanwhile else told

    def fields(self) -> dict[str, str]:
        """What the page's hidden fields hold by now."""
        seen = {f"seen-{question.step.pk}": question.seen for question in self.questions if not question.overtaken}
        return seen if self.reflected_meanwhile else {**seen, "reflection": self.reflection}

    # What stands in it

    @property
    def answered(self) -> int:
        return len([question for question in self.questions if question.text])

    @cached_property
    def findings(self) -> list[Finding]:
        return list(self.review.findings.select_related("by"))

    @cached_property
    def changes(self) -> list[Change]:
        """Its changes; each with ``reading_is_shown`` and ``read_otherwise``: has its loop still to be settled?"""
        differs = Decision.objects.filter(
            change=OuterRef("pk"), verdict=Decision.Verdict.APPROVE, fingerprint=OuterRef("fingerprint")
        ).exclude(reading=OuterRef("loop"))
        found = Change.objects.visible_to(self.reader).filter(review=self.review).with_subject()
        changes = list(found.annotate(read_otherwise=Exists(differs)).order_by("opened_at", "pk")[:MOST])
        for change in changes:
            change.reading_is_shown = bool(may_see_reading(self.reader, change))
        return changes

    @cached_property
    def _all_actions(self) -> list[Action]:
        """Those of this review, and the open ones of others about the same."""
        review = self.review
        same = Q(pk__in=[])
        if review.guidance_id:
            same |= Q(review__guidance=review.guidance_id)
        if review.routine_id:
            same |= Q(review__routine=review.routine_id)
        if review.theme_id:
            same |= Q(review__theme=review.theme_id, review__service=review.service_id)
        wanted = Q(review=review) | (Q(state=Action.State.OPEN) & same)
        found = Action.objects.visible_to(self.reader).filter(wanted).select_related("owner", "review")
        return list(found.order_by("due", "pk")[:MOST])

    @property
    def actions(self) -> list[Action]:
        return [action for action in self._all_actions if action.review_id == self.review.pk]

    @property
    def earlier_actions(self) -> list[Action]:
        """Still open from other reviews about the same."""
        return [action for action in self._all_actions if action.review_id != self.review.pk]

    def following(self, finding: Finding) -> list[Any]:
        """What came of one finding: changes, then actions."""
        changes: list[Any] = [change for change in self.changes if change.finding_id == finding.pk]
        return [*changes, *(action for action in self.actions if action.finding_id == finding.pk)]

    @property
    def undecided(self) -> list[Change]:
        waiting = (Change.State.DRAFTING, Change.State.PROPOSED)
        return [one for one in self.changes if one.state in waiting or self.needs_settling(one)]

    def needs_settling(self, change: Any) -> bool:
        """Was its loop read in two ways, and has nobody settled it yet?"""
        return change.state == Change.State.APPROVED and change.read_otherwise and not change.settled_at

    @property
    def without_follow_up(self) -> list[Finding]:
        return [finding for finding in self.findings if not self.following(finding)]
