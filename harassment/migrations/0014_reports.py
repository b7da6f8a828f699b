"""Reports about a case, the country whose help lines are shown, and their lines in the timeline."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0013_rules"),
        ("integrations", "0004_withdrawn_action"),
    ]

    operations = [
        migrations.AlterField(
            model_name="caseevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("incident", "Incident"),
                    ("severity", "Severity"),
                    ("captured", "Captured"),
                    ("action", "Action"),
                    ("decided", "Decided"),
                    ("revealed", "Revealed"),
                    ("status", "Status"),
                    ("assigned", "Assigned"),
                    ("note", "Note"),
                    ("merged", "Merged"),
                    ("split", "Split"),
                    ("linked", "Linked"),
                    ("escalated", "Escalated"),
                    ("waiting", "Waiting"),
                    ("overdue", "Overdue"),
                    ("forgotten", "Forgotten"),
                    ("reported", "Reported"),
                    ("exported", "Exported"),
                    ("erased", "Erased"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="CreatorCountry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("chosen_by_label", models.CharField(max_length=80)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="country",
                        to="integrations.socialaccount",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("notice", "Notice, DSA art. 16"),
                            ("platform", "Platform's form"),
                            ("complaint", "Annex to a complaint"),
                            ("brief", "Brief for a bailiff or lawyer"),
                        ],
                        max_length=9,
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("approved", "Approved, not sent"),
                            ("sent", "Sent"),
                            ("answered", "Answered"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("recipient", models.CharField(blank=True, max_length=120)),
                ("ground", models.CharField(blank=True, max_length=16)),
                ("why", models.TextField(blank=True)),
                ("harm", models.TextField(blank=True)),
                ("asked", models.TextField(blank=True)),
                ("addresses", models.TextField(blank=True)),
                ("items", models.JSONField(default=list)),
                ("sender_name", models.CharField(blank=True, max_length=120)),
                ("sender_email", models.CharField(blank=True, max_length=254)),
                ("is_nameless", models.BooleanField(default=False)),
                ("is_good_faith", models.BooleanField(default=False)),
                ("has_words", models.BooleanField(default=False)),
                ("created_by_label", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_by_label", models.CharField(blank=True, max_length=80)),
                ("changed_at", models.DateTimeField(null=True)),
                ("approved_by_id", models.BigIntegerField(null=True)),
                ("approved_by_label", models.CharField(blank=True, max_length=80)),
                ("approved_at", models.DateTimeField(null=True)),
                ("sent_by_label", models.CharField(blank=True, max_length=80)),
                ("sent_at", models.DateTimeField(null=True)),
                ("reference", models.CharField(blank=True, max_length=120)),
                ("received_at", models.DateTimeField(null=True)),
                ("remind_at", models.DateTimeField(null=True)),
                ("reminded_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("receipt", "They confirmed receipt"),
                            ("removed", "Removed or restricted"),
                            ("refused", "Nothing was done"),
                            ("other", "Another answer"),
                        ],
                        max_length=8,
                    ),
                ),
                ("answer", models.TextField(blank=True)),
                ("answered_by_label", models.CharField(blank=True, max_length=80)),
                ("answered_at", models.DateTimeField(null=True)),
                ("file", models.FileField(blank=True, upload_to="reports/")),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="harassment.case",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "indexes": [models.Index(fields=["state", "remind_at"], name="report_follow_up")],
            },
        ),
    ]
