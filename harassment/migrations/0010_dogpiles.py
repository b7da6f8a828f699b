"""Unusual waves of comments, and the rhythm of an account that they are measured against."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0009_detected_signals"),
        ("integrations", "0002_comment_held"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dogpile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Going on"),
                            ("over", "Over"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("hot_at", models.DateTimeField()),
                ("noticed_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("signals", models.JSONField(default=list)),
                ("score", models.FloatField(default=0.0)),
                ("comments", models.PositiveIntegerField(default=0)),
                ("authors", models.PositiveIntegerField(default=0)),
                ("newcomers", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dogpiles",
                        to="integrations.socialaccount",
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dogpile",
                        to="harassment.case",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at", "-id"],
                "indexes": [models.Index(fields=["account", "-started_at"], name="dogpile_recent")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("account",),
                        name="dogpile_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountRhythm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hours", models.JSONField(default=list)),
                ("spread", models.FloatField()),
                ("hostility", models.FloatField()),
                ("learned_at", models.DateTimeField()),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rhythm",
                        to="integrations.socialaccount",
                    ),
                ),
            ],
        ),
    ]
