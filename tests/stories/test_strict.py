"""The tables of the tests refuse what PostgreSQL would refuse, so that it is not refused for the first time there."""

import pytest
from django.db import IntegrityError, connection

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["x" * 10_000, "a\0b"])
def test_a_text_that_postgresql_would_not_keep_is_refused(mara, name):
    with pytest.raises(IntegrityError, match="PostgreSQL"):
        User.objects.filter(pk=mara.pk).update(name=name)


def test_a_number_that_postgresql_would_not_keep_is_refused(mara):
    with pytest.raises(IntegrityError, match="PostgreSQL"), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET auth_epoch = %s", [2**31])
