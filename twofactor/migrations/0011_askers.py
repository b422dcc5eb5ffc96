"""A question may be an application's: then it says whose."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("twofactor", "0010_roles_see_factors")]

    operations = [
        migrations.AddField(
            model_name="challenge",
            name="asker",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
