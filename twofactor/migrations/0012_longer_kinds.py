"""PostgreSQL refused the notice of a copied token, whose name was longer than its column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("twofactor", "0011_askers")]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="kind",
            field=models.CharField(max_length=32, verbose_name="what"),
        ),
    ]
