"""The audit log can only grow, whoever asks: a trigger refuses changes even from the owner."""

from django.db import migrations

# No schema name inside: workspaces use this function of public from their own triggers.
CREATE = """
CREATE FUNCTION public.aura_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION public.aura_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION public.aura_append_only();
"""
DROP = """
DROP TRIGGER append_only ON accounts_auditentry;
DROP TRIGGER append_only_truncate ON accounts_auditentry;
DROP FUNCTION public.aura_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
