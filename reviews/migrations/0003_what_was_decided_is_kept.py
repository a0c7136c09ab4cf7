"""What was sent, decided and put in force is kept so: see reviews/models/rules.py and reviews/models/keeping.py."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations

from reviews.models import rules

_LATER_EDITION = "a_later_edition_comes_by_a_decided_change"


def _elsewhere():
    """The functions first, then the triggers that ask them; and the rule on later editions, which 0002 had narrower."""
    for function, name in (
        (rules.AN_AUTHOR_STAYS, "reviews_an_author_stays"),
        (rules.SENT_UNTIL_TAKEN_BACK, "reviews_sent_until_taken_back"),
        (rules.THE_LATEST_IS_IN_FORCE, "reviews_the_latest_is_in_force"),
    ):
        yield migrations.RunSQL(function, f"DROP FUNCTION {name}()")
    for name, made, tables in rules.ELSEWHERE:
        for table in tables:
            yield migrations.RunSQL(made.format(name=name, table=table), f"DROP TRIGGER {name} ON {table}")
    for table in ("knowledge_revision", "routines_routinerevision"):
        yield migrations.RunSQL(f"DROP TRIGGER {_LATER_EDITION} ON {table}", rules.on_edition(table))
        yield migrations.RunSQL(rules.on_edition(table), f"DROP TRIGGER {_LATER_EDITION} ON {table}")


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0002_rules_across_tables'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='change',
            name='a_change_is_approved_by_enough_people',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='change',
            name='no_change_is_begun_in_a_closed_review',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='review',
            name='a_closed_review_has_no_undecided_change',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='a_change_is_approved_by_enough_people', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT 1 FROM reviews_change c\n            WHERE c.id = NEW.id AND c.state IN ('approved', 'in_force')\n              AND (SELECT count(DISTINCT d.by_id) FROM reviews_decision d\n                   WHERE d.change_id = c.id AND d.verdict = 'approve' AND d.fingerprint = c.fingerprint\n                     AND (c.significance <> 'wording' OR d.meaning_unchanged)\n                     AND NOT reviews_is_author(c.id, d.by_id))\n                  < CASE c.significance WHEN 'safety' THEN 2 ELSE 1 END\n        ) THEN\n            RAISE EXCEPTION 'a change is approved by one person, a safety change by two, none of them its author'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='8d2cb88a612f89bf5bcee48d40472520fde60e51', operation='INSERT OR UPDATE', pgid='pgtrigger_a_change_is_approved_by_enough_people_0b13b', table='reviews_change', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='no_change_is_begun_in_a_closed_review', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        -- Whoever closes it at this moment comes before or after, never in between.\n        PERFORM 1 FROM reviews_review WHERE id = NEW.review_id FOR SHARE;\n        IF EXISTS (\n            SELECT 1 FROM reviews_review r JOIN reviews_change c ON c.review_id = r.id\n            WHERE r.id = NEW.review_id AND r.state = 'closed'\n              AND (c.state IN ('drafting', 'proposed') OR c.state = 'approved' AND (c.settled_loop = '' AND EXISTS (\n            SELECT 1 FROM reviews_decision d WHERE d.change_id = c.id AND d.verdict = 'approve'\n            AND d.fingerprint = c.fingerprint AND d.reading <> c.loop AND NOT reviews_is_author(c.id, d.by_id))))\n        ) THEN\n            RAISE EXCEPTION 'a review is closed when each of its changes is decided' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='014bc0b3e6f96355279c22be2510435b7bc5bfac', operation='INSERT OR UPDATE', pgid='pgtrigger_no_change_is_begun_in_a_closed_review_416d0', table='reviews_change', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='a_change_begins_as_a_draft', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."state" = \'drafting\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='87a0b33d97489d543a6560a0f1a6e56a5fcbf5e0', operation='INSERT', pgid='pgtrigger_a_change_begins_as_a_draft_a1298', table='reviews_change', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='a_change_stays_what_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."guidance_revision_id" IS DISTINCT FROM (NEW."guidance_revision_id") OR OLD."opened_at" IS DISTINCT FROM (NEW."opened_at") OR OLD."opened_by_id" IS DISTINCT FROM (NEW."opened_by_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."routine_revision_id" IS DISTINCT FROM (NEW."routine_revision_id") OR OLD."trust_id" IS DISTINCT FROM (NEW."trust_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='37d70b5f1ec534c5ec18fb64d5a46c0b5fffacc6', operation='UPDATE', pgid='pgtrigger_a_change_stays_what_it_is_0c6ba', table='reviews_change', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='what_was_sent_stays_as_it_was_sent', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE may_change text[];', func="\n        IF NEW.state <> OLD.state AND NOT (OLD.state = 'drafting' AND NEW.state IN ('proposed', 'withdrawn') OR OLD.state = 'proposed' AND NEW.state IN ('drafting', 'approved', 'declined', 'withdrawn') OR OLD.state = 'approved' AND NEW.state IN ('drafting', 'in_force', 'withdrawn')) THEN\n            RAISE EXCEPTION 'a change does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';\n        END IF;\n        IF OLD.state = 'drafting' THEN RETURN NEW; END IF;\n        may_change := CASE\n            WHEN OLD.state IN ('proposed', 'approved') THEN ARRAY['state', 'publish_on', 'due', 'escalated', 'claimed_at', 'claimed_by_id', 'check_due', 'settled_loop', 'settled_why', 'settled_at', 'settled_by_id', 'ended_at', 'ended_by_id', 'ended_why']::text[]\n            WHEN OLD.checked_at IS NULL THEN ARRAY['check_due', 'checked_at', 'checked_by_id', 'outcome', 'evidence']::text[]\n            ELSE ARRAY[]::text[] END;\n        IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN\n            RAISE EXCEPTION 'what was sent stays as it was sent, until it is taken back'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    ", hash='72bae7d2c81a236fe90694fa1020236dda19373c', operation='UPDATE', pgid='pgtrigger_what_was_sent_stays_as_it_was_sent_7ac3f', table='reviews_change', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='what_is_in_force_is_what_was_decided', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='\n        IF EXISTS (\n            SELECT 1 FROM reviews_change c\n            LEFT JOIN knowledge_revision g ON g.id = c.guidance_revision_id\n            LEFT JOIN routines_routinerevision r ON r.id = c.routine_revision_id\n            WHERE c.id = NEW.id AND (\n                (c.state <> \'drafting\') <> COALESCE(g.sent, r.sent)\n                OR (c.state = \'in_force\') <> (COALESCE(g.published_at, r.published_at) IS NOT NULL)\n                OR c.state = \'in_force\' AND (\n                    COALESCE(NULLIF(c.settled_loop, \'\'), c.loop) <> COALESCE(g."loop", r."loop")\n                    OR c.why <> COALESCE(g.reason, r.reason)\n                    OR c.significance <> COALESCE(g.significance, r.significance)\n                    OR (c.settled_loop = \'\' AND EXISTS (\n            SELECT 1 FROM reviews_decision d WHERE d.change_id = c.id AND d.verdict = \'approve\'\n            AND d.fingerprint = c.fingerprint AND d.reading <> c.loop AND NOT reviews_is_author(c.id, d.by_id)))))\n        ) THEN\n            RAISE EXCEPTION \'a change and its edition are in force together, as decided, with every difference settled\'\n                USING ERRCODE = \'check_violation\';\n        END IF;\n        RETURN NULL;\n    ', hash='aa70e02108254b110515517544afca3c70322dac', operation='INSERT OR UPDATE', pgid='pgtrigger_what_is_in_force_is_what_was_decided_f6bd4', table='reviews_change', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='a_difference_is_settled_by_somebody_else', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT 1 FROM reviews_change c WHERE c.id = NEW.id AND c.settled_by_id IS NOT NULL AND (\n                reviews_is_author(c.id, c.settled_by_id)\n                OR EXISTS (SELECT 1 FROM reviews_decision d WHERE d.change_id = c.id AND d.by_id = c.settled_by_id))\n        ) THEN\n            RAISE EXCEPTION 'a difference is settled by somebody who neither wrote the change nor decided on it'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='e1a82335135450db94967f48a919cc21667ae9f6', operation='INSERT OR UPDATE', pgid='pgtrigger_a_difference_is_settled_by_somebody_else_7411b', table='reviews_change', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='a_change_and_its_review_are_of_one_trust', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT 1 FROM reviews_change c\n            JOIN reviews_review v ON v.id = c.review_id\n            LEFT JOIN reviews_finding f ON f.id = c.finding_id\n            LEFT JOIN people_service s ON s.id = c.service_id\n            LEFT JOIN knowledge_revision gr ON gr.id = c.guidance_revision_id\n            LEFT JOIN knowledge_guidance g ON g.id = gr.guidance_id\n            LEFT JOIN routines_routinerevision rr ON rr.id = c.routine_revision_id\n            LEFT JOIN routines_routine r ON r.id = rr.routine_id\n            WHERE c.id = NEW.id AND (\n                c.trust_id <> v.trust_id OR c.trust_id <> s.trust_id\n                OR c.trust_id <> COALESCE(g.trust_id, r.trust_id) OR f.review_id <> c.review_id)\n        ) THEN\n            RAISE EXCEPTION 'a change, what it changes and its review are of one trust'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='4e65a9e7fd4cd5fcaef240bf9c6c33ac7f6c9bf4', operation='INSERT OR UPDATE', pgid='pgtrigger_a_change_and_its_review_are_of_one_trust_2bca1', table='reviews_change', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='a_decision_is_on_what_waits', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        PERFORM 1 FROM reviews_change c JOIN people_user p ON p.id = NEW.by_id\n        WHERE c.id = NEW.change_id AND c.state = 'proposed' AND c.fingerprint = NEW.fingerprint\n          AND p.trust_id = c.trust_id\n        FOR NO KEY UPDATE OF c;\n        IF NOT FOUND THEN\n            RAISE EXCEPTION 'a decision is made by somebody of the trust, on what a change that waits says now'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    ", hash='03e2952a8a711f2ca07435d48353bc4faa5edabc', operation='INSERT', pgid='pgtrigger_a_decision_is_on_what_waits_11455', table='reviews_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='governingchange',
            trigger=pgtrigger.compiler.Trigger(name='what_is_redefined_stays_as_it_was_sent', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE open_to text[];', func="\n        -- Settling a difference may name what was not named before.\n        open_to := CASE TG_OP WHEN 'INSERT' THEN ARRAY['drafting', 'approved'] ELSE ARRAY['drafting'] END;\n        IF TG_OP <> 'INSERT' AND EXISTS (\n            SELECT 1 FROM reviews_change c WHERE c.id = OLD.change_id AND NOT c.state = ANY(open_to)\n        ) OR TG_OP <> 'DELETE' AND EXISTS (\n            SELECT 1 FROM reviews_change c WHERE c.id = NEW.change_id AND NOT c.state = ANY(open_to)\n        ) THEN\n            RAISE EXCEPTION 'what was sent stays as it was sent, until it is taken back'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n        RETURN NEW;\n    ", hash='f1424b1031174015a3ddbe20ae7101c28b52aaa0', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_what_is_redefined_stays_as_it_was_sent_0cdb5', table='reviews_governingchange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='review',
            trigger=pgtrigger.compiler.Trigger(name='a_closed_review_has_no_undecided_change', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        -- Whoever closes it at this moment comes before or after, never in between.\n        PERFORM 1 FROM reviews_review WHERE id = NEW.id FOR SHARE;\n        IF EXISTS (\n            SELECT 1 FROM reviews_review r JOIN reviews_change c ON c.review_id = r.id\n            WHERE r.id = NEW.id AND r.state = 'closed'\n              AND (c.state IN ('drafting', 'proposed') OR c.state = 'approved' AND (c.settled_loop = '' AND EXISTS (\n            SELECT 1 FROM reviews_decision d WHERE d.change_id = c.id AND d.verdict = 'approve'\n            AND d.fingerprint = c.fingerprint AND d.reading <> c.loop AND NOT reviews_is_author(c.id, d.by_id))))\n        ) THEN\n            RAISE EXCEPTION 'a review is closed when each of its changes is decided' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='f2e95251a8b3e3eda4589d674424990227c3e7c4', operation='INSERT OR UPDATE', pgid='pgtrigger_a_closed_review_has_no_undecided_change_7d62b', table='reviews_review', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='review',
            trigger=pgtrigger.compiler.Trigger(name='a_review_keeps_the_method_it_began_with', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."desk" IS DISTINCT FROM (NEW."desk") OR OLD."method_id" IS DISTINCT FROM (NEW."method_id") OR OLD."opened_at" IS DISTINCT FROM (NEW."opened_at") OR OLD."opened_by_id" IS DISTINCT FROM (NEW."opened_by_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."trust_id" IS DISTINCT FROM (NEW."trust_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='eabee45446b68d3a0d3461f2a9b0590af3acf2f4', operation='UPDATE', pgid='pgtrigger_a_review_keeps_the_method_it_began_with_803f5', table='reviews_review', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='review',
            trigger=pgtrigger.compiler.Trigger(name='a_review_is_of_one_trust_by_a_method_in_force', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT 1 FROM reviews_review v\n            JOIN routines_routinerevision m ON m.id = v.method_id\n            JOIN routines_routine mr ON mr.id = m.routine_id\n            LEFT JOIN people_service s ON s.id = v.service_id\n            LEFT JOIN knowledge_guidance g ON g.id = v.guidance_id\n            LEFT JOIN routines_routine r ON r.id = v.routine_id\n            WHERE v.id = NEW.id AND (\n                mr.kind <> 'learning' OR m.published_at IS NULL OR mr.trust_id <> v.trust_id\n                OR s.trust_id <> v.trust_id OR g.trust_id <> v.trust_id OR r.trust_id <> v.trust_id)\n        ) THEN\n            RAISE EXCEPTION 'a review is of one trust, and follows an edition of one of its learning routines'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='a5f804f6f34870b9074f78cc85aae435632067b5', operation='INSERT OR UPDATE', pgid='pgtrigger_a_review_is_of_one_trust_by_a_method_in_force_38742', table='reviews_review', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        *_elsewhere(),
    ]
