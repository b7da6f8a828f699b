"""Evidence can only grow: a trigger in every workspace refuses changes, even from the owner."""

from django.db import migrations

CREATE = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON harassment_evidence
    FOR EACH ROW EXECUTE FUNCTION public.aura_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON harassment_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION public.aura_append_only();
"""
DROP = """
DROP TRIGGER append_only ON harassment_evidence;
DROP TRIGGER append_only_truncate ON harassment_evidence;
"""


class Migration(migrations.Migration):
    dependencies = [("harassment", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
