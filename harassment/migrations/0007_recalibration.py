"""What a workspace's own decisions taught about the shared model."""

import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0006_score_model_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recalibration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("run", models.UUIDField()),
                ("language", models.CharField(max_length=3)),
                ("model_version", models.CharField(max_length=120)),
                ("weights", models.JSONField(default=list)),
                ("offset", models.FloatField(default=0.0)),
                ("harmful", models.PositiveIntegerField()),
                ("harmless", models.PositiveIntegerField()),
                ("held_back", models.PositiveIntegerField(default=0)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("refused", "Refused"),
                            ("replaced", "Replaced"),
                            ("reset", "Reset"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[("few", "Few"), ("no_better", "No Better")],
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_by_label", models.CharField(blank=True, max_length=80)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by_label", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "language"), name="recalibration_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("language",),
                        name="recalibration_active_once",
                    ),
                ],
            },
        ),
    ]
