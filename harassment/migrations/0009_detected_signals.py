"""What patterns prove beside the model, and whom an incident is aimed at."""

import django.db.models.deletion
from django.db import migrations, models

TARGETS = [
    ("creator", "the creator"),
    ("family", "family or a child"),
    ("team", "the team"),
    ("commenter", "another commenter"),
    ("group", "a group of people"),
    ("brand", "a brand or product"),
    ("nobody", "nobody in particular"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0008_evidence_exports"),
        ("integrations", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="target",
            field=models.CharField(blank=True, choices=TARGETS, default="", max_length=10),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="DetectedSignal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text_hash", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=16)),
                ("detail", models.CharField(max_length=16)),
                ("count", models.PositiveSmallIntegerField(default=1)),
                ("places", models.JSONField(default=list)),
                ("version", models.CharField(max_length=16)),
                ("found_at", models.DateTimeField(auto_now_add=True)),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signals",
                        to="integrations.comment",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "comment"], name="signal_kind")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("comment", "text_hash", "detail"), name="signal_once"
                    )
                ],
            },
        ),
    ]
