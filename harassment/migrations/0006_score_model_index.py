"""What an older model judged is found without reading every score."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("harassment", "0005_rescoring")]
    operations = [
        AddIndexConcurrently(
            model_name="toxicityscore",
            index=models.Index(
                fields=["model_version", "comment"],
                condition=models.Q(is_current=True),
                name="score_model",
            ),
        ),
    ]
