"""Why a score is as it is, and which wording somebody has read."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("harassment", "0003_score_sentiment_and_evasion")]
    operations = [
        migrations.CreateModel(
            name="Explanation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("head", models.CharField(max_length=80)),
                ("probability", models.FloatField()),
                ("threshold", models.FloatField()),
                ("level", models.CharField(blank=True, max_length=10)),
                ("words", models.JSONField(default=list)),
                ("tricks", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "score",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="explanation",
                        to="harassment.toxicityscore",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="reveal",
            name="text_hash",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
    ]
