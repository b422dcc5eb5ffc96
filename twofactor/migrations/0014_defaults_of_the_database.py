"""A process of the version before, which does not know these columns, goes on writing rows while it is replaced."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('twofactor', '0013_challenges_by_state'),
    ]

    operations = [
        migrations.AlterField(
            model_name='activation',
            name='weaker',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='challenge',
            name='about',
            field=models.CharField(blank=True, db_default='', default='', max_length=24),
        ),
        migrations.AlterField(
            model_name='challenge',
            name='browser_digest',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='challenge',
            name='push',
            field=models.CharField(blank=True, db_default='', default='', max_length=8),
        ),
        migrations.AlterField(
            model_name='challenge',
            name='push_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='challenge',
            name='silent',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='portalkey',
            name='over_texts',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
