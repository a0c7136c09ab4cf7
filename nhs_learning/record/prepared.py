"""Questions that every page asks, put into SQL once: for a small one that costs Django more than the answer costs
PostgreSQL. What is asked is still written as a queryset, with ``given`` in the places of what differs each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BigAutoField, Lookup, QuerySet, Value


@dataclass(frozen=True)
class _Place:
    name: str


def given(name: str) -> Value:
    """A place in a question: ``filter(slug=given("slug"))``. It takes a plain value, never None."""
    return Value(_Place(name))


@BigAutoField.register_lookup
class AnyOf(Lookup):
    """``filter(pk__any_of=given_ids("ids"))``: one of a list of numbers, however long it is each time."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", (*params, self.rhs)


def given_ids(name: str) -> _Place:
    """A place for such a list."""
    return _Place(name)


class Prepared:
    """A question put into SQL. Keep it only where the same queryset would be made from then on."""

    def __init__(self, question: QuerySet[Any, Any]):
        self._sql, self._params = question.query.sql_with_params()

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """What the database answers, as tuples in the order of the queryset's ``values_list``."""
        params = [values[param.name] if isinstance(param, _Place) else param for param in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            return cursor.fetchall()

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        """The first of the rows."""
        return next(iter(self.rows(**values)), None)
