"""A process of the version before, which does not know these columns, goes on writing rows while it is replaced."""

import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_login_replaces'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditevent',
            name='before',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='mac',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='link'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='username',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='username'),
        ),
        migrations.AlterField(
            model_name='login',
            name='application',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='opensession',
            name='factor',
            field=models.CharField(blank=True, db_default='', default='', max_length=24),
        ),
        migrations.AlterField(
            model_name='opensession',
            name='used',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='opensession',
            name='weaker',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='user',
            name='lock_reason',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AlterField(
            model_name='user',
            name='reads',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=10),
        ),
    ]
