"""An index in a folder of the test's own, brought up to date when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.search import reader
from knowledge.search.follower import Follower


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.SEARCH_DIR = tmp_path / "search"
    settings.SEARCH_DIR.mkdir()
    return settings.SEARCH_DIR


@pytest.fixture
def follower(folder) -> Follower:
    return Follower(folder)


@pytest.fixture
def followed(follower, monkeypatch) -> Callable[[], int]:
    """Let the index catch up, and readers look at it at once."""
    monkeypatch.setattr(reader, "LOOK_EVERY", 0)
    return follower.catch_up
