"""An answer that was remembered says of when it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Where an answer is remembered, and whether it was."""

    dependencies = [("ai_agents", "0007_recommendations")]

    operations = [
        migrations.AddField(
            model_name="question",
            name="memory_key",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="question",
            name="recalled_at",
            field=models.DateTimeField(null=True),
        ),
    ]
