"""Who is an author, and that a later edition comes into force only by a decided change: see reviews/models/rules.py."""

from django.db import migrations

from reviews.models import rules

TABLES = ("knowledge_revision", "routines_routinerevision")


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
        ("knowledge", "0003_sent_drafts"),
        ("routines", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(rules.IS_AUTHOR, "DROP FUNCTION reviews_is_author(bigint, bigint)"),
        migrations.RunSQL(rules.BY_A_DECIDED_CHANGE, "DROP FUNCTION reviews_by_a_decided_change()"),
        *(
            migrations.RunSQL(
                rules.on_edition(table), f"DROP TRIGGER a_later_edition_comes_by_a_decided_change ON {table}"
            )
            for table in TABLES
        ),
    ]
