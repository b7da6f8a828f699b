from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0008_captures_and_exports"),
    ]

    operations = [
        migrations.AlterField(
            model_name="moderationaction",
            name="verb",
            field=models.CharField(
                choices=[
                    ("hide", "Hide"),
                    ("reject", "Reject"),
                    ("publish", "Publish"),
                    ("reply", "Reply"),
                    ("ban", "Ban the author"),
                    ("timeout", "Time-out"),
                    ("unban", "Let the author in again"),
                ],
                max_length=8,
            ),
        ),
    ]
