"""The two roles of the support desk: what support does for clients, and what takes an officer (R-82 to R-85)."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

_APPS = ("accounts", "twofactor")
_SUPPORT = (
    *("view_user", "view_portalkey", "view_phone", "view_delivery", "view_proposal"),
    *("view_closedprefix", "delete_closedprefix"),
    *("view_filtercontact", "add_filtercontact", "change_filtercontact", "delete_filtercontact"),
    *("view_desk", "lock_person", "cancel_login", "end_sessions", "switch_off_key", "test_key", "check_caller"),
    *("send_password", "issue_passcode", "propose_removal", "lift_refusals"),
)
_OFFICER = (
    *_SUPPORT,
    *("unlock_person", "revoke_key", "approve_proposal", "serve_staff"),
    *("view_auditevent", "view_receipt"),
)
ROLES = {"Support": _SUPPORT, "Security officer": _OFFICER}


def make(apps, schema_editor):
    """Make both groups, with permissions that Django itself makes only after the last migration."""
    for label in _APPS:
        config = apps.get_app_config(label)
        # The state of a migration has no modules; this is the mark that Django looks for.
        config.models_module = True
        create_permissions(config, verbosity=0, apps=apps)
        config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        role, _made = group.objects.get_or_create(name=name)
        found = permission.objects.filter(codename__in=codenames, content_type__app_label__in=_APPS)
        role.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("accounts", "0003_recovery"),
        ("twofactor", "0006_recovery"),
    ]

    # Who was given a role keeps it: going back leaves the groups where they are.
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
