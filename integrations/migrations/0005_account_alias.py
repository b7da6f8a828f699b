"""An account may have a second id under which its platform speaks of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0004_withdrawn_action"),
    ]

    operations = [
        migrations.AddField(
            model_name="socialaccount",
            name="alias_id",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
