"""Questions that every page asks, put into SQL once: for a small one that costs Django more than the answer costs
PostgreSQL. What is asked is still written as a queryset, with ``given`` in the places of what differs each time."""

from __future__ import annotations

import itertools
from copy import copy
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BigAutoField, Lookup, QuerySet, Value
from django.db.models.query import ModelIterable
from psycopg2.extensions import AsIs


@dataclass(frozen=True)
class _Place:
    name: str


def given(name: str) -> Value:
    """A place in a question: ``filter(slug=given("slug"))``. It takes a plain value; None equals nothing, as in SQL."""
    return Value(_Place(name))


@BigAutoField.register_lookup
class AnyOf(Lookup):
    """``filter(pk__any_of=given_ids("ids"))``: one of a list of numbers, however long it is each time."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        ids = self.rhs if isinstance(self.rhs, _Place) else list(self.rhs)
        return f"{column} = ANY(%s::bigint[])", (*params, ids)


def given_ids(name: str) -> Any:
    """A place for such a list."""
    return _Place(name)


class Prepared:
    """A question put into SQL, which PostgreSQL plans once for each connection. Keep it only where the same queryset
    would be made from then on."""

    _numbers = itertools.count(1)

    def __init__(self, question: QuerySet[Any, Any]):
        self._name = f"{question.model._meta.db_table}_{next(self._numbers)}"
        self._compiler = question.query.get_compiler(connection=connection)  # each thread's own, whichever asks
        self._sql, self._params = self._compiler.as_sql()
        self._places = list(dict.fromkeys(param.name for param in self._params if isinstance(param, _Place)))
        self._ask = f"EXECUTE {self._name}"
        if self._places:
            self._ask += f" ({', '.join(['%s'] * len(self._places))})"
        self._known_to: WeakSet[Any] = WeakSet()

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """What the database answers, as tuples in the order of the queryset's ``values_list``."""
        with connection.cursor() as cursor:
            if connection.connection not in self._known_to:
                self._prepare(cursor)
            cursor.execute(self._ask, [values[name] for name in self._places])
            return cursor.fetchall()

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        """The first of the rows."""
        return next(iter(self.rows(**values)), None)

    def objects(self, **values: Any) -> list[Any]:
        """Of a queryset without ``values_list``: the objects that it would make, with all that belongs to them."""
        compiler = copy(self._compiler)  # it knows which column is what
        compiler.execute_sql = lambda **_: [self.rows(**values)]
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        asked: Any = SimpleNamespace(query=query, db=DEFAULT_DB_ALIAS, _known_related_objects={})
        return list(ModelIterable(asked))

    def _prepare(self, cursor: Any) -> None:
        """Once for each connection, which forgets it when it closes. It is no query of the page's that comes first."""
        places = {name: AsIs(f"${number}") for number, name in enumerate(self._places, 1)}
        params = [places[param.name] if isinstance(param, _Place) else param for param in self._params]
        with connection.wrap_database_errors:
            # One plan for all values: they pick a row or a few by its key, and PostgreSQL would sometimes plan each.
            cursor.cursor.execute("SET plan_cache_mode = force_generic_plan")
            cursor.cursor.execute(f"PREPARE {self._name} AS {self._sql}", params)
        self._known_to.add(connection.connection)
