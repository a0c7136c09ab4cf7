"""Who may do what with questions and what came of them: those in it, and nobody for them."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.models import Community, Conversation, Guidance, Profile
from knowledge.permissions.guidance import ELSEWHERE
from knowledge.whom import whom_to_ask
from nhs_learning.people.models import User
from nhs_learning.people.permissions import Person, is_of
from nhs_learning.people.verdicts import YES, Verdict, no, too_late

State = Conversation.State


def may_ask(user: Person, person: User, *, guidance: Guidance | None = None, topics: Iterable[int] = ()) -> Verdict:
    """Ask this colleague a question: whoever is here and takes questions. Otherwise the next is named: of those who
    know about this guidance and these topics, or what the person knows about."""
    if not is_of(user, person.trust_id):
        return ELSEWHERE
    if user.pk == person.pk:
        return no("That is you.")
    if not (why := _not_to_be_asked(person)):
        return YES
    topics = list(topics) or list(person.expertise.values_list("topic_id", flat=True))
    instead = whom_to_ask(user, guidance=guidance, topics=topics, but=[person.pk], most=1)
    return no(f"{why} {f'You could ask {instead[0].name}.' if instead else 'Please ask somebody else.'}")


def may_ask_community(user: Person, community: Community) -> Verdict:
    """Ask the members of a community: everybody of its trust."""
    if not is_of(user, community.trust_id):
        return ELSEWHERE
    return YES if community.ended_at is None else no(f"{community} has ended. Please ask somebody else.")


def may_take(user: Person, conversation: Conversation) -> Verdict:
    """Say that one will answer: whoever was asked, or, until one has, any member of the community that was asked."""
    if not (verdict := may_answer(user, conversation)):
        return verdict
    return YES if conversation.state == State.ASKED else no("You have said that you will answer it.")


def may_answer(user: Person, conversation: Conversation) -> Verdict:
    """Give the first answer: whoever was asked, or, until one has taken it, any member of the community."""
    if not is_of(user, conversation.trust_id):
        return ELSEWHERE
    if user.pk == conversation.asker_id:
        return no("You asked it yourself.")
    one = conversation.answerer
    community = conversation.community
    if user != one and not (community and community.has_member(user)):
        return no(f"Only {one.name if one else f'members of {community}'} can answer it.")
    if one is not None and user != one:
        return too_late(f"Somebody was quicker: {conversation.stands}.")
    return YES if conversation.is_unanswered else too_late(f"It needs no first answer any more: {conversation.stands}.")


def may_say(user: Person, conversation: Conversation) -> Verdict:
    """Say something in it: the two, until it is closed or taken back."""
    if not (verdict := _one_of_the_two(user, conversation)):
        return verdict
    if conversation.state in (State.CLOSED, State.WITHDRAWN):
        return too_late(f"Nothing more can be said in it: {conversation.stands}.")
    return YES


def may_pass_on(user: Person, conversation: Conversation) -> Verdict:
    """Suggest somebody else in one's place: whoever was asked, before they answer."""
    if not is_of(user, conversation.trust_id):
        return ELSEWHERE
    if user.pk != conversation.answerer_id:
        return no("Only whoever was asked suggests somebody else.")
    if not conversation.is_unanswered:
        return too_late(f"It can't be passed on any more: {conversation.stands}.")
    return YES


def may_ask_next(user: Person, conversation: Conversation) -> Verdict:
    """Ask somebody else: whoever asked, when five working days have gone by without an answer, or at once when whoever
    was asked is away or has left."""
    if not (verdict := _its_asker(user, conversation)):
        return verdict
    if not conversation.is_unanswered:
        return too_late(f"Nobody else is asked now: {conversation.stands}.")
    if conversation.is_late or conversation.answerer_is_gone:
        return YES
    return no("There is still time for an answer. When five working days have gone by, you can ask somebody else.")


def may_take_back(user: Person, conversation: Conversation) -> Verdict:
    """Take a question back: whoever asked, before it is answered."""
    if not (verdict := _its_asker(user, conversation)):
        return verdict
    if conversation.is_unanswered:
        return YES
    return too_late(f"It can't be taken back any more: {conversation.stands}.")


def may_close(user: Person, conversation: Conversation) -> Verdict:
    """Close it once it is answered: whoever asked; if they have left, whoever answered."""
    if not (verdict := _one_of_the_two(user, conversation)):
        return verdict
    asker = conversation.asker
    if user != asker and asker.is_active and asker.trust_id == conversation.trust_id:
        return no(f"{asker.name} asked, and closes it when the question is answered.")
    if conversation.state == State.ANSWERED:
        return YES
    return no("It is not answered yet.") if conversation.is_unanswered else too_late(f"No need: {conversation.stands}.")


def may_learn(user: Person, conversation: Conversation) -> Verdict:
    """Say what one learned of it: the two, once it is closed."""
    if not (verdict := _one_of_the_two(user, conversation)):
        return verdict
    return YES if conversation.state == State.CLOSED else no("That is asked once it is closed.")


def may_make_insight(user: Person, conversation: Conversation) -> Verdict:
    """Make an insight of it, which both hold: the two, once it is closed."""
    return may_learn(user, conversation)


def may_keep_between(user: Person, conversation: Conversation) -> Verdict:
    """Keep it from the trust's eyes, whatever was said when it was asked: either of the two, at any time."""
    if not (verdict := _one_of_the_two(user, conversation)):
        return verdict
    return YES if conversation.opened else no("It is between those in it already.")


def _not_to_be_asked(person: User) -> str:
    """Why a colleague can't be asked now, as a sentence; "" where they can."""
    if not person.is_active:
        return f"{person.name} has left."
    if person.is_away and (until := person.away_until):
        return f"{person.name} is away until {until.day} {until:%B %Y}."
    if Profile.objects.filter(user=person, takes_questions=False).exists():
        return f"{person.name} takes no questions at the moment."
    return ""


def _its_asker(user: Person, conversation: Conversation) -> Verdict:
    if not is_of(user, conversation.trust_id):
        return ELSEWHERE
    return YES if user.pk == conversation.asker_id else no("Only whoever asked does that.")


def _one_of_the_two(user: Person, conversation: Conversation) -> Verdict:
    if not is_of(user, conversation.trust_id):
        return ELSEWHERE
    return YES if conversation.includes(user) else no("That is for the two who talk in it.")
