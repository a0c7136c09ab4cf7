"""The rules on tables of the floors below and on tables without a model: see reviews/models/rules.py."""

from django.db import migrations

from reviews.models import rules

_LATER_EDITION = "a_later_edition_comes_by_a_decided_change"


def _rules():
    """The functions first, then the triggers that ask them."""
    for function, name in (
        (rules.IS_AUTHOR, "reviews_is_author(bigint, bigint)"),
        (rules.BY_A_DECIDED_CHANGE, "reviews_by_a_decided_change()"),
        (rules.AN_AUTHOR_STAYS, "reviews_an_author_stays()"),
        (rules.SENT_UNTIL_TAKEN_BACK, "reviews_sent_until_taken_back()"),
        (rules.THE_LATEST_IS_IN_FORCE, "reviews_the_latest_is_in_force()"),
    ):
        yield migrations.RunSQL(function, f"DROP FUNCTION {name}")
    for name, made, tables in rules.ELSEWHERE:
        for table in tables:
            yield migrations.RunSQL(made.format(name=name, table=table), f"DROP TRIGGER {name} ON {table}")
    for table in ("knowledge_revision", "routines_routinerevision"):
        yield migrations.RunSQL(rules.on_edition(table), f"DROP TRIGGER {_LATER_EDITION} ON {table}")


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
        ("knowledge", "0003_sent_drafts_and_what_to_follow_instead"),
        ("routines", "0001_initial"),
    ]

    operations = [*_rules()]
