"""The sequence from which search entries draw their positions."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]

    operations = [migrations.RunSQL("CREATE SEQUENCE search_position", "DROP SEQUENCE search_position")]
