"""The shield, the rights desk and the roster signal."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0011_case_work"),
        ("integrations", "0004_withdrawn_action"),
    ]

    operations = [
        migrations.CreateModel(
            name="RosterKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("secret", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="alert",
            name="is_digest",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="RightsRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveIntegerField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access", "See what is held on my handle"),
                            ("rectification", "Correct something that is wrong"),
                            ("objection", "Object to the use of my data"),
                            ("erasure", "Have my data erased"),
                        ],
                        max_length=13,
                    ),
                ),
                ("platform", models.CharField(max_length=24)),
                ("handle", models.CharField(max_length=200)),
                ("message", models.TextField(blank=True)),
                ("language", models.CharField(max_length=2)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("proof_code", models.CharField(max_length=16)),
                (
                    "proof",
                    models.CharField(
                        choices=[
                            ("waiting", "Not proven yet"),
                            ("comment", "Code seen in a comment"),
                            ("person", "Code seen on the profile by a person"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("proven_at", models.DateTimeField(null=True)),
                ("proven_by_label", models.CharField(blank=True, max_length=80)),
                ("author_external_id", models.CharField(blank=True, max_length=200)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField()),
                ("extension_reason", models.CharField(blank=True, max_length=500)),
                ("answer", models.TextField(blank=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("granted", "Granted"),
                            ("partly", "Granted in part"),
                            ("refused", "Refused"),
                            ("unproven", "Closed: control of the handle was not proven"),
                        ],
                        max_length=8,
                    ),
                ),
                ("has_copy", models.BooleanField(default=False)),
                ("copy_until", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by_label", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "ordering": ["due_at", "number"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)),
                        fields=["due_at"],
                        name="rights_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Shield",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "origin",
                    models.CharField(
                        choices=[("home", "Home"), ("page", "Page"), ("case", "Case")], max_length=4
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("is_stopped", models.BooleanField(default=False)),
                ("raised_by_id", models.BigIntegerField()),
                ("raised_by_label", models.CharField(max_length=80)),
                ("stopped_by_label", models.CharField(blank=True, max_length=80)),
                ("is_hiding", models.BooleanField(default=False)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shields",
                        to="integrations.socialaccount",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at", "-id"],
            },
        ),
        migrations.AddField(
            model_name="alert",
            name="shield",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="alerts",
                to="harassment.shield",
            ),
        ),
        migrations.CreateModel(
            name="ShieldHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("newcomer", "first comment of this person here"),
                            ("doubt", "a little rough, below the usual limit"),
                        ],
                        max_length=8,
                    ),
                ),
                ("held_at", models.DateTimeField(auto_now_add=True)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by_label", models.CharField(blank=True, max_length=80)),
                ("restored_at", models.DateTimeField(null=True)),
                (
                    "action",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="integrations.moderationaction",
                    ),
                ),
                (
                    "comment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hold",
                        to="integrations.comment",
                    ),
                ),
                (
                    "shield",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="harassment.shield",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RosterMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("creator", models.CharField(max_length=24)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marks",
                        to="harassment.rosterkey",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "digest", "creator"), name="roster_mark_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="shield",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("account",), name="shield_up_once"
            ),
        ),
    ]
