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
) -> dict[str, Any]:
    """Answer several questions in one SQL statement.

    `counts`: querysets whose rows are counted, as CappedCount. `values`: querysets of one
    column (`.values("x")`), of which the first row's value is taken, None without one.
    """
    answers: dict[str, Any] = {}
    columns: list[str] = []
    names: list[str] = []
    params: list[Any] = []
    for name, queryset in {**(counts or {}), **(values or {})}.items():
        is_count = name in (counts or {})
        asked = _capped(queryset) if is_count else queryset[:1]
        try:
            sql, own = asked.query.sql_with_params()
        except EmptyResultSet:
            answers[name] = CappedCount(0) if is_count else None
            continue
        columns.append(f"(SELECT count(*) FROM ({sql}) counted)" if is_count else f"({sql})")  # noqa: S608
        names.append(name)
        params.extend(own)
    if columns:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(columns), params)
            row = cursor.fetchone() or ()
        answers.update(zip(names, row, strict=True))
    for name in counts or {}:
        answers[name] = CappedCount(answers[name])
    return answers


def _capped(queryset: QuerySet[Any, Any]) -> QuerySet[Model, Any]:
    return queryset.order_by().values("pk")[: COUNT_LIMIT + 1]
