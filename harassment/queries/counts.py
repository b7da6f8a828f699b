"""Counting without reading everything, and several questions in one statement."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import formats

COUNT_LIMIT = 1000  # beyond it a page says "1,000+": nobody works by the exact number


class Figure(int):
    """A number that a page prints as the reader's language groups it: 4,375 or 4 375."""

    def __str__(self) -> str:
        return formats.number_format(int(self), force_grouping=True)


class CappedCount(Figure):
    """A count that stops just above COUNT_LIMIT and says so when it is printed."""

    def __str__(self) -> str:
        return f"{Figure(COUNT_LIMIT)}+" if self > COUNT_LIMIT else super().__str__()


def ask_together(
    *,
    counts: Mapping[str, QuerySet[Any, Any]] | None = None,
    values: Mapping[str, QuerySet[Any, Any]] | None = None,
    lists: Mapping[str, QuerySet[Any, Any]] | None = None,
) -> dict[str, Any]:
    """Answer several questions in one SQL statement.

    `counts`: querysets whose rows are counted, as CappedCount. `values`: querysets of one
    column (`.values("x")`), of which the first row's value is taken, None without one. `lists`:
    querysets of `.values_list(...)`, read whole and in their order, each row as a list of what
    JSON can say: a time is its ISO text.
    """
    counts, values, lists = counts or {}, values or {}, lists or {}
    answers: dict[str, Any] = {**dict.fromkeys(values), **dict.fromkeys(counts, 0)}
    asked = {
        **{name: ("SELECT count(*) FROM ({}) {}", _capped(one)) for name, one in counts.items()},
        **{name: ("{}", one[:1]) for name, one in values.items()},
        **{name: ("SELECT json_agg(json_build_array({2})) FROM ({0}) {1}", one)
           for name, one in lists.items()},
    }  # fmt: skip
    columns: dict[str, str] = {}
    params: list[Any] = []
    for name, (frame, queryset) in asked.items():
        compiler = queryset.query.get_compiler(connection=connection)
        try:
            sql, own = compiler.as_sql()
        except EmptyResultSet:
            continue
        fields = ", ".join(f"c{number}" for number in range(len(compiler.select)))
        columns[name] = "(" + frame.format(sql, f"listed ({fields})", fields) + ")"
        params.extend(own)
    if columns:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(columns.values()), params)
            row = cursor.fetchone() or ()
        answers.update(zip(columns, row, strict=True))
    answers.update({name: CappedCount(answers[name]) for name in counts})
    answers.update({name: answers.get(name) or [] for name in lists})
    return answers


def _capped(queryset: QuerySet[Any, Any]) -> QuerySet[Model, Any]:
    return queryset.order_by().values("pk")[: COUNT_LIMIT + 1]
