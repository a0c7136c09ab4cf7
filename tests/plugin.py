"""Gives the whole test run one PostgreSQL: the embedded one, in a folder of its own, unless DATABASE_URL names another.

A plugin rather than a conftest, since it must come before the settings are read.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

_postgres = None
_folder = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    global _postgres, _folder
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the controller's server serves its workers
    _folder = tempfile.TemporaryDirectory(prefix="nhs-learning-tests-")
    os.environ["VAR_DIR"] = _folder.name
    (Path(_folder.name) / "static").mkdir()
    for name in ("REDIS_URL", "ALLOWED_HOSTS", "SECRET_KEY", "DEBUG", "DEMO", "EMAIL_URL"):
        os.environ.pop(name, None)
    if not os.environ.get("DATABASE_URL"):
        from nhs_learning import embedded

        _postgres = embedded.Postgres()
        os.environ["DATABASE_URL"] = _postgres.start()
        _let_it_forget(os.environ["DATABASE_URL"])


def _let_it_forget(address: str) -> None:
    """Nothing here needs to survive a power cut, so that nothing waits for the disk."""
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.cursor().execute(f"ALTER SYSTEM SET {setting} = off")
        connection.cursor().execute("SELECT pg_reload_conf()")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if _postgres:
        _postgres.stop()
    if _folder:
        _folder.cleanup()
