from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0009_ban_author"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="syncrun",
            name="wish",
            field=models.CharField(
                blank=True,
                choices=[
                    ("all", "Everything"),
                    ("posts", "Posts and their figures"),
                    ("comments", "Comments"),
                    ("hidden", "Held comments and spam"),
                ],
                max_length=8,
                default="",
            ),
            preserve_default=False,
        ),
    ]
