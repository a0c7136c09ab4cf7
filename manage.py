#!/usr/bin/env python
"""Django's command line, with a database at hand: see nhs_learning/embedded.py."""

import os
import sys

from nhs_learning import embedded

#: Commands that never ask the database anything, so that none is started for them.
WITHOUT_DATABASE = {"help", "version", "collectstatic", "check_templates"}
#: How PostgreSQL says so.
NO_SUCH_TABLE_OR_COLUMN = {"42P01", "42703"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nhs_learning.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_DATABASE:
            os.environ.setdefault("DATABASE_URL", "postgresql:///unused")
            execute_from_command_line(sys.argv)
        else:
            with embedded.database():
                execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"The settings are not right: {problem}")
    except OperationalError as problem:
        if getattr(problem.__cause__, "pgcode", None):  # it answered; what went wrong is something else
            raise
        sys.exit(embedded.cannot_be_used(problem))
    except ProgrammingError as problem:
        if getattr(problem.__cause__, "pgcode", None) not in NO_SUCH_TABLE_OR_COLUMN:
            raise
        sys.exit("The database does not have the tables of this version yet. Run manage.py migrate, then this again.")


if __name__ == "__main__":
    main()
