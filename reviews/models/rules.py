"""What the database refuses whoever asks: the rules across rows, as triggers. Most wait for the end of the transaction,
and then look at the rows as they are."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from knowledge import loops

#: The loop that holds: as it was settled, or else as it was chosen.
_LOOP = "COALESCE(NULLIF(c.settled_loop, ''), c.loop)"

#: Did somebody whose approval holds read the loop otherwise, and has nobody settled it?
UNSETTLED = """(c.settled_loop = '' AND EXISTS (
            SELECT 1 FROM reviews_decision d WHERE d.change_id = c.id AND d.verdict = 'approve'
            AND d.fingerprint = c.fingerprint AND d.reading <> c.loop AND NOT reviews_is_author(c.id, d.by_id)))"""

#: Did this person write what the change would put in force, or propose it? Made by a migration.
IS_AUTHOR = """
    CREATE FUNCTION reviews_is_author(the_change bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (
            SELECT 1 FROM reviews_change c
            LEFT JOIN knowledge_revision g ON g.id = c.guidance_revision_id
            LEFT JOIN routines_routinerevision r ON r.id = c.routine_revision_id
            WHERE c.id = the_change AND (
                person IN (c.opened_by_id, c.proposed_by_id, g.created_by_id, r.created_by_id)
                OR EXISTS (SELECT 1 FROM knowledge_revision_authors a
                           WHERE a.revision_id = g.id AND a.user_id = person)
                OR EXISTS (SELECT 1 FROM routines_routinerevision_authors a
                           WHERE a.routinerevision_id = r.id AND a.user_id = person)
            )
        )
    $$
"""

#: A later edition of guidance or of a routine comes into force only by a change that was decided. Made by a migration
#: here, since the rule is this floor's and the tables are of the floors below.
BY_A_DECIDED_CHANGE = """
    CREATE FUNCTION reviews_by_a_decided_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM reviews_change c
            WHERE (CASE TG_TABLE_NAME WHEN 'knowledge_revision' THEN c.guidance_revision_id
                                      ELSE c.routine_revision_id END) = NEW.id
              AND c.state = 'in_force' AND c.significance = NEW.significance
              AND COALESCE(NULLIF(c.settled_loop, ''), c.loop) = NEW."loop"  -- quoted, since LOOP is a word of PL/pgSQL
        ) THEN
            RAISE EXCEPTION 'a later edition comes into force by a decided change' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
"""


def on_edition(table: str) -> str:
    """The trigger that asks that of a table of editions."""
    return f"""
        CREATE CONSTRAINT TRIGGER a_later_edition_comes_by_a_decided_change
        AFTER INSERT OR UPDATE OF published_at ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.published_at IS NOT NULL AND (NEW.number <> 1 OR NEW.based_on_id IS NOT NULL))
        EXECUTE FUNCTION reviews_by_a_decided_change()
    """


def later(name: str, *, operation: pgtrigger.Operation, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(name=name, when=pgtrigger.After, operation=operation, timing=pgtrigger.Deferred, func=func)


#: Somebody who wrote in a draft has written in it for good. Made by a migration, since the tables have no models.
AN_AUTHOR_STAYS = """
    CREATE OR REPLACE FUNCTION reviews_an_author_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_TABLE_NAME = 'knowledge_revision_authors' THEN
            IF NOT EXISTS (SELECT 1 FROM knowledge_revision WHERE id = OLD.revision_id) THEN RETURN NULL; END IF;
        ELSIF NOT EXISTS (SELECT 1 FROM routines_routinerevision WHERE id = OLD.routinerevision_id) THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'whoever wrote in a draft stays its author' USING ERRCODE = 'check_violation';
    END $$
"""

#: A draft that was sent is opened again by taking its change back, and in no other way. Made by a migration.
SENT_UNTIL_TAKEN_BACK = """
    CREATE OR REPLACE FUNCTION reviews_sent_until_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM reviews_change c
            WHERE (CASE TG_TABLE_NAME WHEN 'knowledge_revision' THEN c.guidance_revision_id
                                      ELSE c.routine_revision_id END) = NEW.id
              AND c.state <> 'drafting'
        ) THEN
            RAISE EXCEPTION 'a sent draft is opened again by taking its change back' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""

#: What is in force is the latest edition that was published. Made by a migration.
THE_LATEST_IS_IN_FORCE = """
    CREATE OR REPLACE FUNCTION reviews_the_latest_is_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE current bigint; latest bigint;
    BEGIN
        IF TG_TABLE_NAME IN ('knowledge_guidance', 'knowledge_revision') THEN
            SELECT t.current_id, (SELECT e.id FROM knowledge_revision e
                                  WHERE e.guidance_id = t.id AND e.published_at IS NOT NULL
                                  ORDER BY e.number DESC LIMIT 1) INTO current, latest
            FROM knowledge_guidance t
            WHERE t.id = (to_jsonb(NEW) ->> (CASE TG_ARGV[0] WHEN 'whole' THEN 'id' ELSE 'guidance_id' END))::bigint;
        ELSE
            SELECT t.current_id, (SELECT e.id FROM routines_routinerevision e
                                  WHERE e.routine_id = t.id AND e.published_at IS NOT NULL
                                  ORDER BY e.number DESC LIMIT 1) INTO current, latest
            FROM routines_routine t
            WHERE t.id = (to_jsonb(NEW) ->> (CASE TG_ARGV[0] WHEN 'whole' THEN 'id' ELSE 'routine_id' END))::bigint;
        END IF;
        IF current IS DISTINCT FROM latest THEN
            RAISE EXCEPTION 'what is in force is the latest edition that was published'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
"""

_LATER = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"

#: The triggers on tables of the floors below and on tables without a model: name, how it is made, on which tables.
ELSEWHERE = [
    (
        "an_author_stays_an_author",
        f"CREATE CONSTRAINT TRIGGER {{name}} AFTER UPDATE OR DELETE ON {{table}} {_LATER} "
        "EXECUTE FUNCTION reviews_an_author_stays()",
        ("knowledge_revision_authors", "routines_routinerevision_authors"),
    ),
    (
        "a_sent_draft_is_opened_by_taking_back",
        "CREATE TRIGGER {name} BEFORE UPDATE OF sent ON {table} FOR EACH ROW WHEN (OLD.sent AND NOT NEW.sent) "
        "EXECUTE FUNCTION reviews_sent_until_taken_back()",
        ("knowledge_revision", "routines_routinerevision"),
    ),
    (
        "the_latest_edition_is_in_force",
        f"CREATE CONSTRAINT TRIGGER {{name}} AFTER INSERT OR UPDATE OF current_id ON {{table}} {_LATER} "
        "EXECUTE FUNCTION reviews_the_latest_is_in_force('whole')",
        ("knowledge_guidance", "routines_routine"),
    ),
    (
        "a_published_edition_is_in_force",
        f"CREATE CONSTRAINT TRIGGER {{name}} AFTER INSERT OR UPDATE OF published_at ON {{table}} {_LATER} "
        "WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION reviews_the_latest_is_in_force('edition')",
        ("knowledge_revision", "routines_routinerevision"),
    ),
]


authors_never_decide = pgtrigger.Trigger(
    name="an_author_never_decides",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF reviews_is_author(NEW.change_id, NEW.by_id) THEN
            RAISE EXCEPTION 'an author never decides on what they wrote' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

decided_while_it_waits = pgtrigger.Trigger(
    name="a_decision_is_on_what_waits",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        PERFORM 1 FROM reviews_change c JOIN people_user p ON p.id = NEW.by_id
        WHERE c.id = NEW.change_id AND c.state = 'proposed' AND c.fingerprint = NEW.fingerprint
          AND p.trust_id = c.trust_id
        FOR NO KEY UPDATE OF c;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a decision is made by somebody of the trust, on what a change that waits says now'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

decisions_are_kept = pgtrigger.Protect(name="a_decision_is_never_edited", operation=pgtrigger.Update | pgtrigger.Delete)

approved_by_enough = later(
    "a_change_is_approved_by_enough_people",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF EXISTS (
            SELECT 1 FROM reviews_change c
            WHERE c.id = NEW.id AND c.state IN ('approved', 'in_force')
              AND (SELECT count(DISTINCT d.by_id) FROM reviews_decision d
                   WHERE d.change_id = c.id AND d.verdict = 'approve' AND d.fingerprint = c.fingerprint
                     AND (c.significance <> 'wording' OR d.meaning_unchanged)
                     AND NOT reviews_is_author(c.id, d.by_id))
                  < CASE c.significance WHEN 'safety' THEN 2 ELSE 1 END
        ) THEN
            RAISE EXCEPTION 'a change is approved by one person, a safety change by two, none of them its author'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """,
)

_NAMED = " OR ".join(
    f"({_LOOP} = '{loop}' AND v.variable IN ({', '.join(repr(name) for name in names)}))"
    for loop, names in loops.VARIABLES.items()
)


def _variables_named(change: str) -> str:
    return f"""
        IF EXISTS (
            SELECT 1 FROM reviews_change c
            WHERE c.id = {change} AND c.state IN ('proposed', 'approved', 'in_force') AND {_LOOP} IN ('double', 'meta')
              AND NOT EXISTS (SELECT 1 FROM reviews_governingchange v WHERE v.change_id = c.id AND ({_NAMED}))
        ) THEN
            RAISE EXCEPTION 'a double-loop or meta-learning change names what it redefines'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """


variables_are_named = later(
    "a_deeper_change_names_what_it_redefines",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=_variables_named("NEW.id"),
)

#: Keeping refuses this of what was sent already; this, of what is sent at the same moment by somebody else.
variables_stay_named = later(
    "what_a_change_redefines_stays_named",
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=_variables_named("OLD.change_id"),
)


def _closed_with_nothing_undecided(review: str) -> str:
    return f"""
        -- Whoever closes it at this moment comes before or after, never in between.
        PERFORM 1 FROM reviews_review WHERE id = {review} FOR SHARE;
        IF EXISTS (
            SELECT 1 FROM reviews_review r JOIN reviews_change c ON c.review_id = r.id
            WHERE r.id = {review} AND r.state = 'closed'
              AND (c.state IN ('drafting', 'proposed') OR c.state = 'approved' AND {UNSETTLED})
        ) THEN
            RAISE EXCEPTION 'a review is closed when each of its changes is decided' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """


closed_reviews_have_no_undecided_change = later(
    "a_closed_review_has_no_undecided_change",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=_closed_with_nothing_undecided("NEW.id"),
)

no_undecided_change_in_a_closed_review = later(
    "no_change_is_begun_in_a_closed_review",
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=_closed_with_nothing_undecided("NEW.review_id"),
)

#: What the database asks of each change by itself.
ON_CHANGES = [
    models.CheckConstraint(
        condition=Q(guidance_revision__isnull=False, routine_revision=None)
        | Q(guidance_revision=None, routine_revision__isnull=False),
        name="a_change_is_about_exactly_one_edition",
    ),
    models.CheckConstraint(
        condition=Q(state__in=["drafting", "declined", "withdrawn"])
        | Q(~Q(fingerprint=""), ~Q(what=""), ~Q(why=""), loop__in=list(loops.LOOPS)),
        name="a_proposed_change_says_what_why_and_which_loop",
    ),
    models.CheckConstraint(
        condition=Q(loop=F("suggested_loop")) | ~Q(loop_reason="") | Q(loop=""),
        name="another_loop_than_suggested_has_a_reason",
    ),
    models.CheckConstraint(
        condition=Q(proposed_at=None, proposed_by=None) | Q(proposed_at__isnull=False, proposed_by__isnull=False),
        name="a_change_is_proposed_at_a_time_by_somebody",
    ),
    models.CheckConstraint(
        condition=Q(claimed_at=None, claimed_by=None) | Q(claimed_at__isnull=False, claimed_by__isnull=False),
        name="a_change_is_claimed_at_a_time_by_somebody",
    ),
    models.CheckConstraint(
        condition=Q(settled_at=None, settled_by=None, settled_loop="")
        | Q(~Q(settled_why=""), settled_at__isnull=False, settled_by__isnull=False, settled_loop__in=list(loops.LOOPS)),
        name="a_settled_loop_says_when_who_and_why",
    ),
    models.CheckConstraint(
        condition=Q(state__in=["in_force", "declined", "withdrawn"], ended_at__isnull=False, ended_by__isnull=False)
        | Q(state__in=["drafting", "proposed", "approved"], ended_at=None, ended_by=None),
        name="a_decided_change_says_when_and_by_whom",
    ),
    models.CheckConstraint(
        condition=Q(checked_at=None, checked_by=None, outcome="")
        | Q(~Q(evidence=""), ~Q(outcome=""), checked_at__isnull=False, checked_by__isnull=False, state="in_force"),
        name="a_checked_change_says_what_came_of_it",
    ),
    models.UniqueConstraint(
        fields=["undoes"],
        condition=Q(state__in=["drafting", "proposed", "approved"]),
        name="a_change_has_one_open_way_back",
    ),
]
