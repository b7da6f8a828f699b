"""The reviewed models and prices, so that a new installation knows them."""

from django.db import migrations

from ai_agents.services.catalogue import sync_models


def fill(apps, schema_editor):
    """Make the rows with the classes of this migration."""
    sync_models(
        model_class=apps.get_model("catalogue", "AIModel"),
        price_class=apps.get_model("catalogue", "ModelPrice"),
    )


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
