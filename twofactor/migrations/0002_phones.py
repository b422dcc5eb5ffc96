import accounts.models
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('twofactor', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosedPrefix',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prefix', models.CharField(max_length=10, verbose_name='prefix')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('since', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('sends', models.PositiveIntegerField(verbose_name='codes sent')),
                ('used', models.PositiveIntegerField(verbose_name='codes used')),
            ],
            options={
                'verbose_name': 'closed prefix',
                'verbose_name_plural': 'closed prefixes',
            },
        ),
        migrations.CreateModel(
            name='FilterContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(help_text='Two letters, as in HK.', max_length=2, verbose_name='country')),
                ('service', models.CharField(max_length=80, verbose_name='company or service')),
                ('service_zh', models.CharField(blank=True, max_length=80, verbose_name='company or service, in Chinese')),
                ('how', models.CharField(max_length=300, verbose_name='how to contact it')),
                ('how_zh', models.CharField(blank=True, max_length=300, verbose_name='how to contact it, in Chinese')),
            ],
            options={
                'verbose_name': 'contact about filtered texts',
                'verbose_name_plural': 'contacts about filtered texts',
                'ordering': ['country', 'service'],
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('id', models.CharField(default=accounts.models.new_id, editable=False, max_length=22, primary_key=True, serialize=False)),
                ('state', models.CharField(default='live', editable=False, max_length=16)),
                ('salt', models.CharField(default=accounts.models.new_id, editable=False, max_length=22)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('created', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('expires', models.DateTimeField()),
                ('used_at', models.DateTimeField(db_index=True, null=True)),
                ('login', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='accounts.login')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Phone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('state', models.CharField(default='unverified', editable=False, max_length=16)),
                ('seal_id', models.CharField(default=accounts.models.new_id, editable=False, max_length=22, unique=True)),
                ('sealed_number', models.CharField(editable=False, max_length=160)),
                ('fingerprint', models.CharField(editable=False, max_length=64)),
                ('country', models.CharField(editable=False, max_length=2, verbose_name='country')),
                ('prefix', models.CharField(editable=False, max_length=64)),
                ('ending', models.CharField(editable=False, max_length=2, verbose_name='last digits')),
                ('texts', models.CharField(default='off', editable=False, max_length=6)),
                ('held_until', models.DateTimeField(editable=False, null=True)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='added')),
                ('verified_at', models.DateTimeField(editable=False, null=True, verbose_name='verified')),
                ('retired_at', models.DateTimeField(editable=False, null=True)),
                ('reason', models.CharField(blank=True, editable=False, max_length=12)),
                ('replaces', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='twofactor.phone')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phones', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'phone number',
                'verbose_name_plural': 'phone numbers',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('id', models.CharField(default=accounts.models.new_id, editable=False, max_length=22, primary_key=True, serialize=False)),
                ('state', models.CharField(default='queued', editable=False, max_length=16, verbose_name='state')),
                ('way', models.CharField(max_length=4, verbose_name='way')),
                ('kind', models.CharField(max_length=16, verbose_name='what')),
                ('facts', models.JSONField(default=dict)),
                ('language', models.CharField(max_length=10)),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('prefix', models.CharField(blank=True, max_length=64)),
                ('cost', models.PositiveIntegerField(default=0)),
                ('network', models.CharField(blank=True, max_length=64)),
                ('carrier', models.CharField(blank=True, max_length=16, verbose_name='carrier')),
                ('carrier_id', models.CharField(blank=True, max_length=128)),
                ('reports', models.BooleanField(default=False)),
                ('unknown', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=16, verbose_name='reason')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('created', models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='asked')),
                ('deadline', models.DateTimeField()),
                ('next_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('leased_until', models.DateTimeField(null=True)),
                ('handed_at', models.DateTimeField(null=True, verbose_name='handed over')),
                ('delivered_at', models.DateTimeField(null=True, verbose_name='delivered')),
                ('failed_at', models.DateTimeField(null=True, verbose_name='failed')),
                ('code', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='twofactor.code')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('about', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='twofactor.phone')),
                ('phone', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='twofactor.phone')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'ordering': ['-created'],
            },
        ),
        migrations.AddField(
            model_name='code',
            name='phone',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='twofactor.phone'),
        ),
        migrations.AddConstraint(
            model_name='phone',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'verified')), fields=('user',), name='one_verified_phone'),
        ),
        migrations.AddConstraint(
            model_name='phone',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'unverified')), fields=('user',), name='one_unverified_phone'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ('queued', 'sending'))), fields=['next_at'], name='outbox'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['country', 'way', 'created'], name='traffic_of_country'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['prefix', 'created'], name='traffic_of_prefix'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['user', '-created'], name='deliveries_of_user'),
        ),
        migrations.AddConstraint(
            model_name='code',
            constraint=models.UniqueConstraint(condition=models.Q(('login__isnull', False), ('state', 'live')), fields=('login',), name='one_live_code_a_login'),
        ),
        migrations.AddConstraint(
            model_name='code',
            constraint=models.UniqueConstraint(condition=models.Q(('login__isnull', True), ('state', 'live')), fields=('phone',), name='one_live_code_a_confirmation'),
        ),
    ]
