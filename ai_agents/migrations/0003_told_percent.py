"""People hear once of a limit that is nearly or wholly used."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Which mark of an allowance people have heard of."""

    dependencies = [("ai_agents", "0002_questions")]

    operations = [
        migrations.AddField(
            model_name="allowance",
            name="told_percent",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
