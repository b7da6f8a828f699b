"""Findings from figures, and what people made of them."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    """Recommendations of the figures of an account."""

    dependencies = [
        ("ai_agents", "0006_chatbots"),
        ("integrations", "0010_wished_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(max_length=12)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("zone", models.CharField(max_length=64)),
                ("figures", models.JSONField(default=list)),
                ("n", models.PositiveIntegerField()),
                ("chance", models.FloatField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("snoozed", "Later"),
                            ("accepted", "Being tried"),
                            ("done", "Done"),
                            ("dismissed", "Dismissed"),
                            ("expired", "No longer holds"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("known", "I knew that"),
                            ("unfit", "It does not fit what I do"),
                            ("wrong", "I do not think it is true"),
                            ("other", "Another reason"),
                        ],
                        max_length=8,
                    ),
                ),
                ("snoozed_until", models.DateTimeField(null=True)),
                ("decided_by_id", models.BigIntegerField(null=True)),
                ("decided_by_label", models.CharField(blank=True, max_length=80)),
                ("decided_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("effect", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("held_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="integrations.socialaccount",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="integrations.post",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-created_at"], name="recommendation_state")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("account", "kind", "subject"),
                        name="recommendation_once",
                    )
                ],
            },
        ),
    ]
