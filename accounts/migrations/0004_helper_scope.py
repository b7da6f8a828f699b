"""How far a trusted helper may go, and for whom."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_workspace_plan"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="help_scope",
            field=models.CharField(
                blank=True,
                choices=[
                    ("read", "Look only, everything masked"),
                    ("triage", "Read on request and decide what is abuse"),
                    ("hide", "Also hide comments on the platform"),
                ],
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="helps_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="help_scope",
            field=models.CharField(
                blank=True,
                choices=[
                    ("read", "Look only, everything masked"),
                    ("triage", "Read on request and decide what is abuse"),
                    ("hide", "Also hide comments on the platform"),
                ],
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="helps_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
