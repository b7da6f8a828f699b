"""The inbox lists comments that wait out of sight without reading all the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]
    operations = [
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                fields=["-published_at", "-id"],
                condition=models.Q(visibility__in=["held", "spam"]),
                name="comment_held",
            ),
        )
    ]
