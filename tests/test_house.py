"""The rules of the house that a machine can check. CONTRIBUTING.md says them in words."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from tests.test_demo_start import a_free_port

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nhs_learning", "knowledge", "routines", "reviews")
LONGEST_FUNCTION = 50
LONGEST_MODULE = 450
#: Rooms that end up holding everything.
FORBIDDEN_ROOMS = {
    "services",
    "selectors",
    "managers",
    "handlers",
    "helpers",
    "helper",
    "utils",
    "util",
    "mixins",
    "common",
}
#: A noun that happens to be called like one.
NOUNS = {Path("nhs_learning/people/admin/services.py"): "the admin's pages of trusts' services"}
#: Moments without a person beside them, each with why.
NOBODY_DID_IT = {
    "record.event.at": "its person is the field called by; nobody where the clock did it",
    "knowledge.guidance.created_at": "its first revision has created_by",
    "routines.routine.created_at": "its first revision has created_by",
    "knowledge.lastread.at": "its person is the field called user",
}


#: What may go with the person, with why. Everything else is a kept record.
MAY_GO_WITH_A_PERSON = {"knowledge.LastRead.user": "a bookmark, of use to that person alone"}


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def our_models() -> list[type[models.Model]]:
    """Ours, but not the rows of history, which triggers write."""
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in PACKAGES]
    return [model for model in ours if not model._meta.proxy and not hasattr(model, "pgh_tracked_model")]


def test_every_module_of_the_hall_is_named_in_the_contract_on_imports():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    named = set(contract["layers"][0].split(" : "))
    lower_floors = {layer for layer in contract["layers"][1:] if layer.startswith("nhs_learning.")}
    here = {f"nhs_learning.{path.stem}" for path in (ROOT / "nhs_learning").glob("*.py") if path.stem != "__init__"}
    here |= {f"nhs_learning.{path.parent.name}" for path in (ROOT / "nhs_learning").glob("*/__init__.py")}
    assert named == here - lower_floors


def test_no_function_is_long():
    long = [
        f"{path.relative_to(ROOT)}: {function.name} has {function.end_lineno - function.lineno + 1} lines"
        for path in modules()
        for function in functions(path)
        if function.end_lineno - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


def test_nearly_all_functions_are_short():
    lengths = sorted(f.end_lineno - f.lineno + 1 for path in modules() for f in functions(path))
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_no_module_is_long():
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert not {path: length for path, length in lengths.items() if length > LONGEST_MODULE}


def test_every_module_opens_with_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_rooms_are_named_for_what_they_hold():
    rooms = {path.relative_to(ROOT) for path in modules()}
    assert not {room for room in rooms - set(NOUNS) if FORBIDDEN_ROOMS & set(room.with_suffix("").parts)}


def test_whatever_was_done_at_a_moment_was_done_by_somebody():
    for model in our_models():
        fields = {field.name for field in model._meta.get_fields()}
        for moment in (name for name in fields if name == "at" or name.endswith("_at")):
            if f"{model._meta.label_lower}.{moment}" in NOBODY_DID_IT:
                continue
            person = moment.removesuffix("at") + "by"
            assert person in fields, f"{model._meta.label}.{moment} has no {person} beside it"
            assert _always_together(model, moment, person), f"no constraint says that {moment} goes with {person}"


def _always_together(model: type[models.Model], moment: str, person: str) -> bool:
    """Both are never empty, or a constraint speaks of both."""
    if not model._meta.get_field(moment).null and not model._meta.get_field(person).null:
        return True
    spoken = [str(c.condition) for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
    return any(f"'{moment}" in condition and f"'{person}" in condition for condition in spoken)


def test_exemptions_are_of_things_that_exist():
    moments = {f"{model._meta.label_lower}.{field.name}" for model in our_models() for field in model._meta.fields}
    assert set(NOBODY_DID_IT) <= moments


def test_every_constraint_has_a_sentence_for_a_name():
    names = [constraint.name for model in our_models() for constraint in model._meta.constraints]
    assert not [name for name in names if len(name.split("_")) < 4]


def test_people_are_kept_where_records_point_at_them():
    person = apps.get_model("people", "User")
    pointing = [
        field
        for model in our_models()
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and field.related_model is person
    ]
    unkept = {str(field) for field in pointing if field.remote_field.on_delete is not models.PROTECT}
    assert unkept == set(MAY_GO_WITH_A_PERSON)


def test_no_time_is_set_by_the_database_or_by_django():
    """The one clock gives it, so that a demo or a test can be lived through in the past."""
    fields = [field for model in our_models() for field in model._meta.fields if isinstance(field, models.DateField)]
    assert not [str(f) for f in fields if f.auto_now or f.auto_now_add or f.has_default() or f.has_db_default()]


def test_what_is_installed_is_pinned_and_hashed_and_from_nowhere_in_particular():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text, name
        assert not re.search(r"^\s*--?(i|index-url|extra-index-url|find-links|f)\b", text, re.MULTILINE), name
        for requirement in re.split(r"\n(?=[a-z0-9])", text):
            assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+", requirement), requirement
            assert "--hash=sha256:" in requirement, requirement
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        assert "resolved" not in package, path
        assert not path or package["integrity"].startswith("sha512-"), path


def test_each_part_says_what_it_is_for():
    listed = re.findall(r'^    "([a-z0-9-]+)[\[>].*$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    explained = re.findall(
        r'^    "([a-z0-9-]+)[\[>].*",\s+# \S.*$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    tools_that_need_no_word = {"pytest", "pytest-django", "django-stubs"}
    assert set(listed) - set(explained) <= tools_that_need_no_word


GOOD = {"DATABASE_URL": "postgresql:///unused"}


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DATABASE_URL": "mysql://u:secret@host/name"}, "DATABASE_URL must begin with postgresql://"),
        ({"DATABASE_URL": "postgresql://u:secret@host:port/name"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://u:secret@host"}, "DATABASE_URL cannot be read"),
        (GOOD | {"REDIS_URL": "localhost:6379"}, "REDIS_URL must begin with redis://"),
        (GOOD | {"ALLOWED_HOSTS": "learning.example"}, "Set SECRET_KEY to a long random text"),
        (GOOD | {"IDLE_SECONDS": "soon"}, "IDLE_SECONDS must be a whole number"),
        (GOOD | {"EMAIL_URL": "learning.example:25"}, "EMAIL_URL"),
        (GOOD | {"DEBUG": "perhaps"}, "DEBUG must be true or false"),
        (GOOD | {"ALLOWED_HOSTS": "a.example", "SECRET_KEY": "secret" * 9, "HTTPS": "flase"}, "HTTPS must be true or"),
        (GOOD | {"VAR_DIR": "/dev/null/var"}, "Set VAR_DIR to a folder that can be written to"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_setting_that_is_wrong_is_told_in_one_sentence(environment, sentence):
    told = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
    assert told.returncode == 1
    assert sentence in told.stderr
    assert "Traceback" not in told.stderr
    assert "cret" not in told.stderr.replace("SECRET_KEY", "")


NOWHERE = {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/name"}


@pytest.mark.parametrize(
    ("command", "environment", "sentence"),
    [
        (
            ["manage.py", "load_trusts"],
            {"DATABASE_URL": ""},
            "The database does not have the tables of this version yet",
        ),
        (["manage.py", "load_trusts"], NOWHERE, "The database cannot be used: connection to server"),
        (["-m", "nhs_learning.supervisor", "develop"], NOWHERE, "The database cannot be used: connection to server"),
        (["-m", "nhs_learning.supervisor", "develop"], {"REDIS_URL": "redis://:secret@127.0.0.1:1"}, "The Redis that"),
    ],
)
def test_what_does_not_answer_is_told_in_one_sentence(command, environment, sentence, tmp_path):
    here = os.environ | {"VAR_DIR": str(tmp_path), "PORT": str(a_free_port())} | environment
    told = subprocess.run([sys.executable, *command], cwd=ROOT, env=here, capture_output=True, text=True)
    assert told.returncode == 1
    assert told.stderr.startswith(sentence)
    assert len(told.stderr.splitlines()) == 1
    assert "secret" not in told.stderr
