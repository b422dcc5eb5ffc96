"""The role of those who manage applications: who may sign people in through the portal is no matter of the desk."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

_MAY = ("view_application", "add_application", "change_application", "delete_application")


def make(apps, schema_editor):
    """Make the group, with permissions that Django itself makes only after the last migration."""
    config = apps.get_app_config("applications")
    # The state of a migration has no modules; this is the mark that Django looks for.
    config.models_module = True
    create_permissions(config, verbosity=0, apps=apps)
    config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    role, _made = group.objects.get_or_create(name="Application manager")
    role.permissions.add(*permission.objects.filter(codename__in=_MAY, content_type__app_label="applications"))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("applications", "0003_device"),
    ]

    # Who was given the role keeps it.
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
