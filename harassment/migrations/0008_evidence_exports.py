"""Words that can be erased from a chain that still holds, daily seals, and exports."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

GROWING = ("evidenceerasure", "evidenceseal", "evidencestamp")
GROW_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON harassment_{table}
    FOR EACH ROW EXECUTE FUNCTION public.aura_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON harassment_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.aura_append_only();
"""
TABLES = "".join(GROW_ONLY.replace("{table}", table) for table in GROWING)
# The function lies in the workspace's schema; the table beside it is found by the trigger's own.
CREATE = """
CREATE FUNCTION aura_erasable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE written boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.harassment_evidenceerasure WHERE content_id = $1)',
        TG_TABLE_SCHEMA) INTO written USING OLD.id;
    IF NOT written THEN
        RAISE EXCEPTION 'an erasure must be written down first' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER erasable BEFORE DELETE ON harassment_evidencecontent
    FOR EACH ROW EXECUTE FUNCTION aura_erasable();
CREATE TRIGGER append_only BEFORE UPDATE ON harassment_evidencecontent
    FOR EACH ROW EXECUTE FUNCTION public.aura_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON harassment_evidencecontent
    FOR EACH STATEMENT EXECUTE FUNCTION public.aura_append_only();
"""
DROP = """
DROP TRIGGER erasable ON harassment_evidencecontent;
DROP FUNCTION aura_erasable();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("harassment", "0007_recalibration"),
        ("integrations", "0002_comment_held"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceContent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fields", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="EvidenceErasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_id", models.BigIntegerField(unique=True)),
                ("fields", models.JSONField()),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="EvidenceSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("statement", models.TextField()),
                ("heads", models.JSONField()),
                ("key", models.CharField(max_length=64)),
                ("signature", models.CharField(max_length=128)),
                ("sealed_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="EvidenceStamp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("authority", models.CharField(max_length=200)),
                ("response", models.BinaryField()),
                ("stated_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ExportedEvidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("recipient", models.CharField(max_length=120)),
                ("language", models.CharField(max_length=2)),
                ("actor_id", models.BigIntegerField()),
                ("actor_label", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being made"),
                            ("done", "Ready"),
                            ("failed", "Stopped"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=9,
                    ),
                ),
                ("item_count", models.PositiveIntegerField(default=0)),
                ("items_done", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("file", models.FileField(blank=True, upload_to="exports/")),
                ("size", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="evidence",
            name="commitments",
            field=models.JSONField(default=dict),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["captured_at"], name="evidence_captured"),
        ),
        migrations.AddField(
            model_name="evidencecontent",
            name="evidence",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="content",
                to="harassment.evidence",
            ),
        ),
        migrations.AddField(
            model_name="evidenceerasure",
            name="evidence",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="erasures",
                to="harassment.evidence",
            ),
        ),
        migrations.AddField(
            model_name="evidencestamp",
            name="seal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stamps",
                to="harassment.evidenceseal",
            ),
        ),
        migrations.AddField(
            model_name="exportedevidence",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exports",
                to="harassment.case",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencestamp",
            constraint=models.UniqueConstraint(fields=("seal", "authority"), name="stamp_once"),
        ),
        migrations.RunSQL(TABLES, migrations.RunSQL.noop),
        migrations.RunSQL(CREATE, DROP),
    ]
