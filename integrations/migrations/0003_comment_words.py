"""Full text of comments and their authors, by index: the inbox searches a hundred thousand."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models
from django.db.models.functions import Concat, Lower, Replace

# What index and question have in common, as integrations/models/search.py says it.
FOLD_FROM = (
    "àáâãäåāăąæçćčďđèéêëēėęěğìíîïīįıłńňñòóôõöøōőřśšşșťțţùúûüūůűųýÿžźżß"
    "@._-/\\:#&+'\u2019*=~|<>`\"(),;!?$\u0300\u0301\u0302\u0303\u0308\u0327"
)
FOLD_TO = (
    "aaaaaaaaaacccddeeeeeeeegiiiiiiilnnnoooooooorsssstttuuuuuuuuyyzzzs                           "
)
WORDS = SearchVector(
    models.Func(
        Replace(
            Lower(
                Concat(
                    "text", models.Value(" "), "text_norm", models.Value(" "), "author_handle",
                    models.Value(" "), "author_name", output_field=models.TextField(),
                )
            ),
            models.Value("œ"),
            models.Value("oe"),
        ),
        models.Value(FOLD_FROM),
        models.Value(FOLD_TO),
        function="translate",
        output_field=models.TextField(),
    ),
    config="simple",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("integrations", "0002_comment_held")]
    operations = [
        migrations.AddIndex(model_name="comment", index=GinIndex(WORDS, name="comment_words"))
    ]
