"""Naming files and folders finds the documents in them, and says what could not be reached."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from knowledge.importing import Failure, find_documents

NOBODY = 65534


def names(found) -> list[str]:
    return [path.name for path in found if isinstance(path, Path)]


def failures(found) -> list[Failure]:
    return [item for item in found if isinstance(item, Failure)]


def test_a_folder_gives_its_documents_in_order_at_any_depth(save, tmp_path):
    for name in ("b.md", "a.html", "cardiology/z.pdf", "cardiology/acute/c.docx", "d.txt"):
        save(name, "x")
    assert names(find_documents([tmp_path])) == ["a.html", "b.md", "c.docx", "z.pdf", "d.txt"]


def test_hidden_files_pictures_attachments_and_licences_are_passed_over(save, tmp_path):
    for name in (".secret.md", "~$open.docx", "x.png", "attachments/a.pdf", "images/b.md", ".git/c.md", "LICENSE.txt"):
        save(name, "x")
    assert list(find_documents([tmp_path])) == []


def test_old_word_files_and_spreadsheets_are_found_so_that_their_refusal_is_told(save, tmp_path):
    save("old.doc", "x")
    save("doses.xlsx", "x")
    assert names(find_documents([tmp_path])) == ["doses.xlsx", "old.doc"]


def test_a_file_that_is_named_is_given_whatever_its_kind(save):
    path = save("notes.xyz", "x")
    assert list(find_documents([path])) == [path]


def test_a_path_that_does_not_exist_is_told_and_the_rest_goes_on(save, tmp_path):
    path = save("a.md", "x")
    found = list(find_documents([tmp_path / "gone", path]))
    assert found == [Failure(tmp_path / "gone", "There is no file or folder of this name."), path]


def test_a_name_that_no_file_can_have_is_told(tmp_path):
    assert failures(find_documents([Path("a\0b"), tmp_path / ("x" * 5000)])) != []


def test_naming_a_file_twice_gives_it_once(save, tmp_path):
    path = save("a.md", "x")
    assert list(find_documents([path, tmp_path, path])) == [path]


def test_a_link_out_of_the_folder_is_not_followed(save, tmp_path):
    outside = save("elsewhere/secret.md", "x")
    inside = save("folder/a.md", "x")
    (inside.parent / "b.md").symlink_to(outside)
    (inside.parent / "c").symlink_to(outside.parent)
    (inside.parent / "gone.md").symlink_to(tmp_path / "nowhere.md")
    found = list(find_documents([inside.parent]))
    assert names(found) == ["a.md"]
    assert [failure.path.name for failure in failures(found)] == ["b.md", "gone.md"]


def test_a_link_that_leads_round_in_a_circle_ends(save, tmp_path):
    save("a.md", "x")
    (tmp_path / "round").symlink_to(tmp_path)
    assert names(find_documents([tmp_path])) == ["a.md"]


@pytest.fixture
def open_folder():
    """A folder that anybody may enter, wherever the tests run."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def as_nobody():
    """The administrator may read everything, so when the tests run as that, they step down."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_goes_on(open_folder, request):
    (open_folder / "closed").mkdir()
    (open_folder / "closed" / "a.md").write_text("x")
    (open_folder / "open.md").write_text("x")
    (open_folder / "closed").chmod(0)
    request.getfixturevalue("as_nobody")
    found = list(find_documents([open_folder]))
    assert found == [
        Failure(open_folder / "closed", "This folder can't be read: permission was refused."),
        open_folder / "open.md",
    ]
    assert failures(find_documents([open_folder / "closed" / "a.md"])) != []


def test_a_file_that_cannot_be_opened_is_told(open_folder, request):
    from knowledge.importing import Unreadable, read_document

    (open_folder / "a.md").write_text("# x\n\ny")
    (open_folder / "a.md").chmod(0)
    request.getfixturevalue("as_nobody")
    with pytest.raises(Unreadable, match="permission"):
        read_document(open_folder / "a.md")
