"""Whoever of the staff may see keys may see passkeys and apps: which there are and when they were used."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def make(apps, schema_editor):
    """Give it to the groups that see keys, with permissions that Django itself makes only after the last migration."""
    config = apps.get_app_config("twofactor")
    # The state of a migration has no modules; this is the mark that Django looks for.
    config.models_module = True
    create_permissions(config, verbosity=0, apps=apps)
    config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    ours = permission.objects.filter(content_type__app_label="twofactor")
    added = ours.filter(codename__in=("view_passkey", "view_totp"))
    for role in group.objects.filter(permissions__in=ours.filter(codename="view_portalkey")):
        role.permissions.add(*added)


class Migration(migrations.Migration):
    dependencies = [("twofactor", "0008_hardened")]

    # Who was given it keeps it, as the roles of 0007 stay.
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
