from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_login_application'),
    ]

    operations = [
        migrations.AddField(
            model_name='login',
            name='replaces',
            field=models.BigIntegerField(null=True),
        ),
    ]
