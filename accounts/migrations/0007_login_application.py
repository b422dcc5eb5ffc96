from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_logins_in_their_order'),
    ]

    operations = [
        migrations.AddField(
            model_name='login',
            name='application',
            field=models.CharField(blank=True, default='', max_length=64),
            preserve_default=False,
        ),
    ]
