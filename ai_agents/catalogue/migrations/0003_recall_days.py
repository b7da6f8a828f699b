"""Staff see how many answers were remembered."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Remembered answers by workspace and day."""

    dependencies = [
        ("accounts", "0003_workspace_plan"),
        ("catalogue", "0002_reviewed_models"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecallDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("answers", models.PositiveIntegerField(default=0)),
                ("recalled", models.PositiveIntegerField(default=0)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "workspace"],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "day"), name="recall_day_once")
                ],
            },
        ),
    ]
