"""Wishes to be forgotten that arrive through a platform."""

import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0002_webhook_delivery"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeletionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("platform", models.CharField(max_length=24)),
                ("user_id", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("received", "Received"), ("done", "Done")],
                        default="received",
                        max_length=10,
                    ),
                ),
                ("deleted", models.PositiveIntegerField(default=0)),
                ("kept", models.PositiveIntegerField(default=0)),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["platform", "user_id"], name="deletion_person")],
            },
        ),
    ]
