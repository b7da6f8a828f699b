"""Merging, splitting, linking and escalating cases, their clock, and how long authors stay."""

import datetime
import django.db.models.deletion
import django.utils.timezone
import harassment.models.casework
import uuid
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def start_clocks(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Their clock has run since they were opened; nobody is rung for what was late before."""
    cases = apps.get_model("harassment", "Case")._default_manager.all()
    cases.update(clock_at=models.F("opened_at"), overdue_told_at=django.utils.timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0010_dogpiles"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuthorHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("platform", models.CharField(max_length=24)),
                ("author_external_id", models.CharField(max_length=200)),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
                ("actor_id", models.BigIntegerField()),
                ("actor_label", models.CharField(max_length=80)),
                ("at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="CaseLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("actor_id", models.BigIntegerField()),
                ("actor_label", models.CharField(max_length=80)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("moved", models.JSONField()),
                ("carried", models.JSONField()),
                ("status_before", models.CharField(max_length=16)),
                ("closed_before", models.DateTimeField(null=True)),
                ("actor_id", models.BigIntegerField()),
                ("actor_label", models.CharField(max_length=80)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("overdue", "Overdue"),
                            ("escalated", "Escalated"),
                            ("assigned", "Assigned"),
                            ("answered", "Answered"),
                        ],
                        max_length=10,
                    ),
                ),
                ("user_id", models.BigIntegerField(null=True)),
                ("from_label", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("seen_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hours", models.JSONField(default=harassment.models.casework.default_hours)),
                ("half_life_days", models.PositiveSmallIntegerField(default=30)),
                ("keep_days", models.PositiveSmallIntegerField(default=90)),
                ("changed_by_label", models.CharField(blank=True, max_length=80)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_open_once",
        ),
        migrations.AddField(
            model_name="case",
            name="anonymised_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="clock_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="case",
            name="escalated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="escalated_by_label",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="case",
            name="merged_into",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="merged",
                to="harassment.case",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="overdue_told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="paused_for",
            field=models.DurationField(default=datetime.timedelta),
        ),
        migrations.AddField(
            model_name="case",
            name="split_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="parts",
                to="harassment.case",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="subject",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="case",
            name="takes_new",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="case",
            name="waiting_for",
            field=models.CharField(
                blank=True,
                choices=[
                    ("platform", "the platform"),
                    ("creator", "the creator"),
                    ("law", "a lawyer or the police"),
                    ("other", "somebody else"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="waiting_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="case",
            name="status",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("investigating", "Investigating"),
                    ("resolved", "Resolved"),
                    ("dismissed", "Dismissed"),
                    ("merged", "Merged"),
                ],
                default="new",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="caseevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("incident", "Incident"),
                    ("severity", "Severity"),
                    ("captured", "Captured"),
                    ("action", "Action"),
                    ("decided", "Decided"),
                    ("revealed", "Revealed"),
                    ("status", "Status"),
                    ("assigned", "Assigned"),
                    ("note", "Note"),
                    ("merged", "Merged"),
                    ("split", "Split"),
                    ("linked", "Linked"),
                    ("escalated", "Escalated"),
                    ("waiting", "Waiting"),
                    ("overdue", "Overdue"),
                    ("forgotten", "Forgotten"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="reason",
            field=models.CharField(
                choices=[
                    ("incident", "Incident"),
                    ("action", "Action"),
                    ("edit", "Edit"),
                    ("moved", "Moved"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["new", "investigating"]), ("takes_new", True)),
                fields=("account", "author_external_id"),
                name="case_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorhold",
            constraint=models.UniqueConstraint(
                fields=("platform", "author_external_id"), name="author_hold_once"
            ),
        ),
        migrations.AddField(
            model_name="caselink",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links_up",
                to="harassment.case",
            ),
        ),
        migrations.AddField(
            model_name="caselink",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links_down",
                to="harassment.case",
            ),
        ),
        migrations.AddField(
            model_name="casemerge",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="merges_out",
                to="harassment.case",
            ),
        ),
        migrations.AddField(
            model_name="casemerge",
            name="target",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="merges_in",
                to="harassment.case",
            ),
        ),
        migrations.AddField(
            model_name="casenotice",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="harassment.case",
            ),
        ),
        migrations.AddConstraint(
            model_name="caselink",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="link_once"),
        ),
        migrations.AddConstraint(
            model_name="casemerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("source",),
                name="merge_standing_once",
            ),
        ),
        migrations.AddIndex(
            model_name="casenotice",
            index=models.Index(
                condition=models.Q(("seen_at", None)), fields=["-created_at"], name="notice_unseen"
            ),
        ),
        migrations.RunPython(start_clocks, migrations.RunPython.noop, elidable=True),
    ]
