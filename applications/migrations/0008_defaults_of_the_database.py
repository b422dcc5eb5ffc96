"""A process of the version before, which does not know these columns, goes on writing rows while it is replaced."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0007_people_asked'),
    ]

    operations = [
        migrations.AlterField(
            model_name='action',
            name='people_asked',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
    ]
