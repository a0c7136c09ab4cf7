"""What the database keeps of a change as it was sent, decided and put in force, by triggers, whoever asks."""

from __future__ import annotations

import pgtrigger

from reviews.models.rules import UNSETTLED, later

#: Where a change may go from where it is. What has ended, has ended.
MOVES = {
    "drafting": ("proposed", "withdrawn"),
    "proposed": ("drafting", "approved", "declined", "withdrawn"),
    "approved": ("drafting", "in_force", "withdrawn"),
}
#: What goes on being written while a change waits; all else of it stays as it was sent.
_WHILE_IT_WAITS = (
    *("state", "publish_on", "due", "escalated", "claimed_at", "claimed_by_id", "check_due"),
    *("settled_loop", "settled_why", "settled_at", "settled_by_id", "ended_at", "ended_by_id", "ended_why"),
)
#: What is written of it once it has ended, and once only: did it work?
_AFTERWARDS = ("check_due", "asked", "checked_at", "checked_by_id", "outcome", "evidence")


def _array(names: tuple[str, ...]) -> str:
    return f"ARRAY[{', '.join(repr(name) for name in names)}]::text[]"


_MAY_MOVE = " OR ".join(
    f"OLD.state = '{source}' AND NEW.state IN ({', '.join(repr(target) for target in targets)})"
    for source, targets in MOVES.items()
)

begins_as_a_draft = pgtrigger.Protect(
    name="a_change_begins_as_a_draft", operation=pgtrigger.Insert, condition=~pgtrigger.Q(new__state="drafting")
)

stays_what_it_is = pgtrigger.Protect(
    name="a_change_stays_what_it_is",
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange(
        "trust", "reference", "guidance_revision", "routine_revision", "opened_at", "opened_by"
    ),
)

kept_as_sent = pgtrigger.Trigger(
    name="what_was_sent_stays_as_it_was_sent",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    declare=[("may_change", "text[]")],
    func=f"""
        IF NEW.state <> OLD.state AND NOT ({_MAY_MOVE}) THEN
            RAISE EXCEPTION 'a change does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state = 'drafting' THEN RETURN NEW; END IF;
        may_change := CASE
            WHEN OLD.state IN ('proposed', 'approved') THEN {_array(_WHILE_IT_WAITS)}
            WHEN OLD.checked_at IS NULL THEN {_array(_AFTERWARDS)}
            ELSE ARRAY[]::text[] END;
        IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
            RAISE EXCEPTION 'what was sent stays as it was sent, until it is taken back'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

redefined_as_sent = pgtrigger.Trigger(
    name="what_is_redefined_stays_as_it_was_sent",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("open_to", "text[]")],
    func="""
        -- Settling a difference may name what was not named before.
        open_to := CASE TG_OP WHEN 'INSERT' THEN ARRAY['drafting', 'approved'] ELSE ARRAY['drafting'] END;
        IF TG_OP <> 'INSERT' AND EXISTS (
            SELECT 1 FROM reviews_change c WHERE c.id = OLD.change_id AND NOT c.state = ANY(open_to)
        ) OR TG_OP <> 'DELETE' AND EXISTS (
            SELECT 1 FROM reviews_change c WHERE c.id = NEW.change_id AND NOT c.state = ANY(open_to)
        ) THEN
            RAISE EXCEPTION 'what was sent stays as it was sent, until it is taken back'
                USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)

in_force_as_decided = later(
    "what_is_in_force_is_what_was_decided",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        IF EXISTS (
            SELECT 1 FROM reviews_change c
            LEFT JOIN knowledge_revision g ON g.id = c.guidance_revision_id
            LEFT JOIN routines_routinerevision r ON r.id = c.routine_revision_id
            WHERE c.id = NEW.id AND (
                (c.state <> 'drafting') <> COALESCE(g.sent, r.sent)
                OR (c.state = 'in_force') <> (COALESCE(g.published_at, r.published_at) IS NOT NULL)
                OR c.state = 'in_force' AND (
                    COALESCE(NULLIF(c.settled_loop, ''), c.loop) <> COALESCE(g."loop", r."loop")
                    OR c.why <> COALESCE(g.reason, r.reason)
                    OR c.significance <> COALESCE(g.significance, r.significance)
                    OR {UNSETTLED}))
        ) THEN
            RAISE EXCEPTION 'a change and its edition are in force together, as decided, with every difference settled'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """,
)

settled_by_another = later(
    "a_difference_is_settled_by_somebody_else",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF EXISTS (
            SELECT 1 FROM reviews_change c WHERE c.id = NEW.id AND c.settled_by_id IS NOT NULL AND (
                reviews_is_author(c.id, c.settled_by_id)
                OR EXISTS (SELECT 1 FROM reviews_decision d WHERE d.change_id = c.id AND d.by_id = c.settled_by_id))
        ) THEN
            RAISE EXCEPTION 'a difference is settled by somebody who neither wrote the change nor decided on it'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """,
)

in_one_trust = later(
    "a_change_and_its_review_are_of_one_trust",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF EXISTS (
            SELECT 1 FROM reviews_change c
            JOIN reviews_review v ON v.id = c.review_id
            LEFT JOIN reviews_finding f ON f.id = c.finding_id
            LEFT JOIN people_service s ON s.id = c.service_id
            LEFT JOIN knowledge_revision gr ON gr.id = c.guidance_revision_id
            LEFT JOIN knowledge_guidance g ON g.id = gr.guidance_id
            LEFT JOIN routines_routinerevision rr ON rr.id = c.routine_revision_id
            LEFT JOIN routines_routine r ON r.id = rr.routine_id
            WHERE c.id = NEW.id AND (
                c.trust_id <> v.trust_id OR c.trust_id <> s.trust_id
                OR c.trust_id <> COALESCE(g.trust_id, r.trust_id) OR f.review_id <> c.review_id)
        ) THEN
            RAISE EXCEPTION 'a change, what it changes and its review are of one trust'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """,
)

review_stays_what_it_is = pgtrigger.Protect(
    name="a_review_keeps_the_method_it_began_with",
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange("trust", "reference", "method", "desk", "opened_at", "opened_by"),
)

review_in_one_trust = later(
    "a_review_is_of_one_trust_by_a_method_in_force",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF EXISTS (
            SELECT 1 FROM reviews_review v
            JOIN routines_routinerevision m ON m.id = v.method_id
            JOIN routines_routine mr ON mr.id = m.routine_id
            LEFT JOIN people_service s ON s.id = v.service_id
            LEFT JOIN knowledge_guidance g ON g.id = v.guidance_id
            LEFT JOIN routines_routine r ON r.id = v.routine_id
            WHERE v.id = NEW.id AND (
                mr.kind <> 'learning' OR m.published_at IS NULL OR mr.trust_id <> v.trust_id
                OR s.trust_id <> v.trust_id OR g.trust_id <> v.trust_id OR r.trust_id <> v.trust_id)
        ) THEN
            RAISE EXCEPTION 'a review is of one trust, and follows an edition of one of its learning routines'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """,
)

closed_reviews_stay = pgtrigger.Protect(
    name="a_closed_review_stays_as_it_was_closed",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.state = 'closed' AND NEW.state = 'closed' AND OLD.* IS DISTINCT FROM NEW.*"),
)


def in_an_open_review(name: str, *, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        declare=[("theirs", "bigint[]")],
        func="""
            theirs := ARRAY[]::bigint[];
            IF TG_OP <> 'INSERT' THEN theirs := theirs || OLD.review_id; END IF;
            IF TG_OP <> 'DELETE' THEN theirs := theirs || NEW.review_id; END IF;
            IF EXISTS (SELECT 1 FROM reviews_review WHERE id = ANY(theirs) AND state = 'closed') THEN
                RAISE EXCEPTION 'nothing is written in a closed review' USING ERRCODE = 'check_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


_ALWAYS = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
answered_while_open = in_an_open_review("a_review_is_answered_while_it_is_open", operation=_ALWAYS)
found_while_open = in_an_open_review("a_finding_is_written_while_its_review_is_open", operation=_ALWAYS)

#: What the database keeps of each action, which goes on after its review.
ON_ACTIONS = [
    in_an_open_review("an_action_is_agreed_while_its_review_is_open", operation=pgtrigger.Insert),
    pgtrigger.Protect(
        name="an_action_stays_what_it_is",
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(
            *("trust", "reference", "review", "finding", "what", "measure", "agreed_at", "agreed_by")
        ),
    ),
    pgtrigger.Protect(
        name="an_ended_action_stays_as_it_ended",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.state <> 'open' AND OLD.* IS DISTINCT FROM NEW.*"),
    ),
    later(
        "an_action_and_its_review_are_of_one_trust",
        operation=pgtrigger.Insert,
        func="""
            IF EXISTS (
                SELECT 1 FROM reviews_action a JOIN reviews_review v ON v.id = a.review_id
                LEFT JOIN reviews_finding f ON f.id = a.finding_id
                WHERE a.id = NEW.id AND (a.trust_id <> v.trust_id OR f.review_id <> a.review_id)
            ) THEN
                RAISE EXCEPTION 'an action, its review and what was found are of one' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        """,
    ),
]

#: What the database keeps of each change.
ON_CHANGES = [
    begins_as_a_draft,
    stays_what_it_is,
    kept_as_sent,
    in_force_as_decided,
    settled_by_another,
    in_one_trust,
]
