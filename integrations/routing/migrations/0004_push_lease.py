from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0003_deletion_request"),
    ]

    operations = [
        migrations.CreateModel(
            name="MeterPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("platform", models.CharField(max_length=24)),
                ("meter", models.CharField(max_length=24)),
                ("period", models.CharField(max_length=10)),
                ("used", models.BigIntegerField(default=0)),
                ("held", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("platform", "meter", "period"), name="meter_period_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PushLease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("platform", models.CharField(max_length=24)),
                ("external_id", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("active", "Active"),
                            ("leaving", "Leaving"),
                            ("denied", "Denied"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("platform", "external_id"), name="push_lease_once"
                    )
                ],
            },
        ),
    ]
