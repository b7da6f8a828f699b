"""Rules with their versions and hits, labels on comments, and the words of a workspace."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0012_shield_rights_roster"),
        ("integrations", "0002_comment_held"),
    ]

    operations = [
        migrations.CreateModel(
            name="LexiconChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                ("category", models.CharField(max_length=16)),
                ("word", models.CharField(max_length=60)),
                (
                    "step",
                    models.CharField(
                        choices=[("added", "Added"), ("removed", "Removed")], max_length=7
                    ),
                ),
                ("made_by_id", models.BigIntegerField(null=True)),
                ("made_by_label", models.CharField(blank=True, max_length=80)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("is_shadowing", models.BooleanField(default=True)),
                ("shadow_since", models.DateTimeField(null=True)),
                ("live_since", models.DateTimeField(null=True)),
                ("live_by_label", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("conditions", models.JSONField()),
                ("actions", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=200)),
                ("made_by_id", models.BigIntegerField(null=True)),
                ("made_by_label", models.CharField(blank=True, max_length=80)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="harassment.rule",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="RuleHit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("text_hash", models.CharField(max_length=64)),
                ("is_shadow", models.BooleanField()),
                ("outcomes", models.JSONField(default=dict)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "action",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="rule_hits",
                        to="integrations.moderationaction",
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rule_hits",
                        to="integrations.comment",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hits",
                        to="harassment.ruleversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="rule",
            name="current",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="newest_of",
                to="harassment.ruleversion",
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="live",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="live_of",
                to="harassment.ruleversion",
            ),
        ),
        migrations.CreateModel(
            name="CommentLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(null=True)),
                ("removed_by_label", models.CharField(blank=True, max_length=80)),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labels",
                        to="integrations.comment",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="labels",
                        to="harassment.rule",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at", None)),
                        fields=["name", "comment"],
                        name="label_on",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("comment", "name"), name="label_once")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.UniqueConstraint(fields=("rule", "number"), name="rule_version_once"),
        ),
        migrations.AddIndex(
            model_name="rulehit",
            index=models.Index(fields=["version", "-at"], name="rule_hit_recent"),
        ),
        migrations.AddConstraint(
            model_name="rulehit",
            constraint=models.UniqueConstraint(
                fields=("version", "comment", "text_hash", "is_shadow"), name="rule_hit_once"
            ),
        ),
    ]
