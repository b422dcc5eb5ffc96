"""An inbox and a look for refusals read through all that a key was ever asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("twofactor", "0012_longer_kinds")]

    operations = [
        migrations.AddIndex(
            model_name="challenge",
            index=models.Index(condition=models.Q(("state", "pending")), fields=["key"], name="challenges_open"),
        ),
        migrations.AddIndex(
            model_name="challenge",
            index=models.Index(
                condition=models.Q(("state", "denied")), fields=["key", "decided_at"], name="challenges_denied"
            ),
        ),
    ]
