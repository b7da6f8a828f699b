"""Which model a workspace is judged by, and how far judging the rest by it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("harassment", "0004_explanation")]
    operations = [
        migrations.CreateModel(
            name="Rescoring",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("model_version", models.CharField(blank=True, max_length=120)),
                ("step", models.PositiveIntegerField(default=0)),
                ("phase", models.PositiveSmallIntegerField(default=0)),
                ("reached_at", models.DateTimeField(null=True)),
                ("reached_id", models.BigIntegerField(null=True)),
                ("total", models.PositiveIntegerField(default=0)),
                ("judged", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
