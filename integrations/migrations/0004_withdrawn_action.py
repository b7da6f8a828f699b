"""An action can be taken back before it leaves for its platform."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_comment_words")]
    operations = [
        migrations.AlterField(
            model_name="moderationaction",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "Waiting to be sent"),
                    ("sent", "Sent, waiting to read it back"),
                    ("confirmed", "Confirmed"),
                    ("unconfirmed", "Not confirmed"),
                    ("refused", "Refused"),
                    ("withdrawn", "Taken back before it was sent"),
                ],
                default="requested",
                max_length=12,
            ),
        )
    ]
