"""Chatbots for visitors: bots, keys, documents, and what was said."""

import django.core.validators
import django.db.models.deletion
import uuid
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ai_agents", "0005_conversations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="agent",
            field=models.CharField(
                blank=True,
                choices=[
                    ("content", "Content"),
                    ("analytics", "Analytics"),
                    ("sales", "Sales"),
                    ("messaging", "Messaging"),
                    ("coach", "Live coach"),
                    ("router", "Routing"),
                    ("chatbot", "Chatbots"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="agent",
            field=models.CharField(
                choices=[
                    ("content", "Content"),
                    ("analytics", "Analytics"),
                    ("sales", "Sales"),
                    ("messaging", "Messaging"),
                    ("coach", "Live coach"),
                    ("router", "Routing"),
                    ("chatbot", "Chatbots"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="agent",
            field=models.CharField(
                choices=[
                    ("content", "Content"),
                    ("analytics", "Analytics"),
                    ("sales", "Sales"),
                    ("messaging", "Messaging"),
                    ("coach", "Live coach"),
                    ("router", "Routing"),
                    ("chatbot", "Chatbots"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="usage",
            name="agent",
            field=models.CharField(
                choices=[
                    ("content", "Content"),
                    ("analytics", "Analytics"),
                    ("sales", "Sales"),
                    ("messaging", "Messaging"),
                    ("coach", "Live coach"),
                    ("router", "Routing"),
                    ("chatbot", "Chatbots"),
                ],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="Chatbot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=60)),
                ("description", models.CharField(blank=True, max_length=300)),
                ("system_prompt", models.TextField(blank=True, max_length=4000)),
                ("deployment", models.CharField(blank=True, max_length=93)),
                (
                    "temperature",
                    models.DecimalField(
                        decimal_places=1,
                        default=Decimal("0.7"),
                        max_digits=2,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal(0)),
                            django.core.validators.MaxValueValidator(Decimal(1)),
                        ],
                    ),
                ),
                ("max_tokens", models.PositiveIntegerField(default=500)),
                ("month_limit", models.PositiveIntegerField(default=100)),
                ("origins", models.JSONField(default=list)),
                ("keep_days", models.PositiveSmallIntegerField(default=30)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("temperature__gte", 0), ("temperature__lte", 1)),
                        name="chatbot_temperature",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChatbotConversation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[("api", "API"), ("page", "Embedded page"), ("trial", "Trial")],
                        max_length=5,
                    ),
                ),
                ("session", models.UUIDField(null=True)),
                ("user_id", models.BigIntegerField(null=True)),
                ("network", models.CharField(blank=True, max_length=45)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_message_at", models.DateTimeField()),
                (
                    "chatbot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conversations",
                        to="ai_agents.chatbot",
                    ),
                ),
            ],
            options={
                "ordering": ["-last_message_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ChatbotDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("filename", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("pdf", "PDF"), ("markdown", "Markdown"), ("text", "Text")],
                        max_length=8,
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("content", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting to be read"),
                            ("ready", "Ready"),
                            ("failed", "Not read"),
                        ],
                        default="queued",
                        max_length=6,
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "empty",
                                "It holds no text. A scanned PDF has to go through OCR first.",
                            ),
                            (
                                "locked",
                                "It is locked with a password. Save it without one, upload it again.",
                            ),
                            ("damaged", "It is damaged. Open it, save it anew, upload it again."),
                            (
                                "pages",
                                "It has too many pages. Split it and upload the parts you need.",
                            ),
                            (
                                "long",
                                "It holds too much text. Split it and upload the parts you need.",
                            ),
                            (
                                "heavy",
                                "Reading it takes too much memory or time. Print it to a new PDF.",
                            ),
                            (
                                "full",
                                "This chatbot holds as much text as it can. Delete a document first.",
                            ),
                        ],
                        max_length=8,
                    ),
                ),
                ("pages", models.PositiveIntegerField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "chatbot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="ai_agents.chatbot",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ChatbotKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_hash", models.CharField(max_length=64, unique=True)),
                ("hint", models.CharField(max_length=4)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "chatbot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="ai_agents.chatbot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ChatbotMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.CharField(max_length=7)),
                ("requests", models.PositiveIntegerField(default=0)),
                ("tokens", models.PositiveBigIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=12, default=Decimal(0), max_digits=20)),
                (
                    "chatbot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="months",
                        to="ai_agents.chatbot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ChatbotPassage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("page", models.PositiveIntegerField(null=True)),
                ("text", models.TextField()),
                ("vector", models.BinaryField()),
                ("embedder", models.CharField(max_length=40)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="ai_agents.chatbotdocument",
                    ),
                ),
            ],
            options={
                "ordering": ["document", "number"],
            },
        ),
        migrations.CreateModel(
            name="ChatbotTurn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("month", models.CharField(blank=True, max_length=7)),
                ("message", models.TextField(max_length=1000)),
                ("context", models.TextField(blank=True, max_length=500)),
                ("is_gentle", models.BooleanField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being answered"),
                            ("done", "Answered"),
                            ("failed", "Not answered"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_provider", "No language model is set up."),
                            ("comments_stay", "Messages of others may not leave this server."),
                            ("stopped", "All agents are stopped."),
                            ("refused", "A limit was reached."),
                            ("provider", "No provider answered."),
                            ("filtered", "The provider refused to answer this."),
                            ("invalid", "The answer could not be used."),
                            ("unverified", "Nothing of the answer could be verified."),
                            ("leaked", "The answer was thrown away: it was not an answer to you."),
                            ("unreviewed", "The drafts could not be checked for harshness."),
                            ("interrupted", "Aura was restarted meanwhile."),
                            ("gone", "You or the video are no longer here."),
                        ],
                        max_length=16,
                    ),
                ),
                ("answer", models.TextField(blank=True)),
                ("sources", models.JSONField(default=list)),
                ("dropped", models.PositiveSmallIntegerField(default=0)),
                ("tokens", models.PositiveIntegerField(default=0)),
                ("provider", models.CharField(blank=True, max_length=80)),
                ("model", models.CharField(blank=True, max_length=80)),
                ("cost", models.DecimalField(decimal_places=12, max_digits=20, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="turns",
                        to="ai_agents.chatbotconversation",
                    ),
                ),
                (
                    "reservation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ai_agents.reservation",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="chatbotconversation",
            index=models.Index(fields=["chatbot", "-last_message_at"], name="talk_recent"),
        ),
        migrations.AddConstraint(
            model_name="chatbotdocument",
            constraint=models.UniqueConstraint(
                fields=("chatbot", "digest"), name="chatbot_document_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="chatbotkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("chatbot",),
                name="chatbot_key_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="chatbotmonth",
            constraint=models.UniqueConstraint(
                fields=("chatbot", "month"), name="chatbot_month_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="chatbotpassage",
            constraint=models.UniqueConstraint(
                fields=("document", "number"), name="chatbot_passage_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="chatbotturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("queued", "running"))),
                fields=("conversation",),
                name="chatbot_turn_alone",
            ),
        ),
    ]
