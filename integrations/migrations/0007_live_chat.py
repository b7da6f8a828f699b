import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0006_coverage_and_deletion"),
    ]

    operations = [
        migrations.CreateModel(
            name="LiveChat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chat_id", models.CharField(max_length=200)),
                ("post_external_id", models.CharField(max_length=200)),
                ("title", models.CharField(blank=True, max_length=500)),
                ("cursor", models.TextField(blank=True)),
                ("messages", models.PositiveIntegerField(default=0)),
                ("units", models.PositiveIntegerField(default=0)),
                ("wait_seconds", models.FloatField(default=0)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("began_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="live_chats",
                        to="integrations.socialaccount",
                    ),
                ),
            ],
            options={
                "ordering": ["-began_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "chat_id"), name="live_chat_once")
                ],
            },
        ),
    ]
