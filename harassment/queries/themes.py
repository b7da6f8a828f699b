"""What the comments of a case were about: kinds of harm, never words."""

from collections import Counter, defaultdict

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count

from harassment.charts import Bars, bars
from harassment.detection.summary import kind_word, telling
from harassment.models import Case


def themes_of_case(case: Case) -> Bars:
    """By theme how many flagged comments, and how many people wrote them; the most frequent first.

    One query. A comment about two themes counts for both; one that no theme names, and vague
    words where a telling theme is beside them, as in its summary.
    """
    comments: Counter[str] = Counter()
    people: dict[str, set[str]] = defaultdict(set)
    # One row for each mixture of kinds that occurs: some dozens, however long the wave.
    mixtures = case.incidents.order_by().values("kinds").annotate(
        total=Count("pk"), authors=ArrayAgg("comment__author_external_id", distinct=True)
    )  # fmt: skip
    for kinds, total, authors in mixtures.values_list("kinds", "total", "authors"):
        for theme in telling(kinds) or [""]:
            comments[theme] += total
            people[theme].update(authors)
    return bars(
        [(kind_word(theme), count, len(people[theme])) for theme, count in comments.most_common()]
    )
