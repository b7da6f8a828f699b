"""Scores say how warm a wording is and how much of it a disguise hid."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("harassment", "0002_evidence_append_only")]
    operations = [
        migrations.AddField(
            model_name="toxicityscore",
            name="sentiment",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="toxicityscore",
            name="evasion",
            field=models.FloatField(default=0.0),
        ),
        migrations.AlterField(
            model_name="toxicityscore",
            name="model_version",
            field=models.CharField(max_length=120),
        ),
    ]
