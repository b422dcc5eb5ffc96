"""A short record, and a hand that writes the database behind the portal's back."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connection

from accounts import audit, chain
from accounts.checking import check
from accounts.models import AuditEvent

TABLE = "accounts_auditevent"


def write(count, user=None):
    """So many events with their places; their numbers in the table, in order."""
    events = [audit.record("login.begin", user=user, reason=f"r{number}", left=number) for number in range(count)]
    chain.link()
    return [event.pk for event in events]


def raw(statement, *values):
    """SECURITY: what somebody does who can write the database, and knows nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def change(pk, column, value):
    raw(f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", value, pk)


def findings():
    """What the check finds: what is wrong, and at which place."""
    return [(finding.what, finding.seq) for finding in check().findings]


def command(*arguments):
    """What `manage.py audit` prints; (exit code, text)."""
    out = StringIO()
    try:
        call_command("audit", *arguments, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def event(pk):
    return AuditEvent.objects.get(pk=pk)
