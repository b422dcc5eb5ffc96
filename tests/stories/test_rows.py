"""What goes from a model to the database and back is what Django makes of it, by a shorter way."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Max
from django.db.models.functions import Trunc
from django.utils import timezone

from accounts.models import AuditEvent, Login, OpenSession, User
from accounts.prepared import Prepared
from accounts.rows import Column, new
from applications.models import Application
from tests.factories import person

pytestmark = pytest.mark.django_db


def columns(model):
    return [field for field in model._meta.local_concrete_fields if field is not model._meta.auto_field]


def test_every_value_is_written_as_django_writes_it():
    mara, now = person("mara"), timezone.now()
    rows = [
        mara,
        Login(user=mara, auth_epoch=1, browser="Firefox", address="2001:DB8::1", expires=now, known_browser=True),
        AuditEvent(kind="login.claim", outcome="ok", user=mara, facts={"by": "key"}, address=None, seq=7),
    ]
    for row in rows:
        for field in columns(type(row)):
            ours = Column(field).of(row, connection)
            assert ours == field.get_db_prep_save(field.pre_save(row, True), connection), field


def test_a_row_that_is_new_is_the_one_that_its_model_makes():
    mara, now = person("mara"), timezone.now()
    for model, given in [
        (Login, {"id": "x", "user": mara, "auth_epoch": 1, "temporary": None, "created": now, "expires": now}),
        (AuditEvent, {"kind": "login.claim", "outcome": "ok", "user": mara, "facts": {"by": "key"}, "at": now}),
        (AuditEvent, {"kind": "login.claim", "user": None, "at": now}),
        (OpenSession, {"user": mara, "session_key": "x", "weaker": True, "since": now, "used": now}),
    ]:
        ours, theirs = new(model, **given), model(**given)
        assert {name: value for name, value in vars(ours).items() if name != "_state"} == {
            name: value for name, value in vars(theirs).items() if name != "_state"
        }
        assert (ours._state.adding, ours._state.fields_cache) == (True, theirs._state.fields_cache)
        assert ours.user is theirs.user


def test_a_row_that_is_new_keeps_nothing_of_another_one():
    new(AuditEvent).facts["by"] = "key"
    assert new(AuditEvent).facts == {}


def test_what_a_model_does_not_have_is_no_part_of_a_new_row():
    with pytest.raises(TypeError, match="AuditEvent has no user_id, colour"):
        new(AuditEvent, user_id=1, colour="red")


def test_a_moment_is_written_by_the_clock_of_the_database_wherever_it_was_read():
    field = Login._meta.get_field("expires")
    here = datetime(2026, 11, 23, 20, 0, tzinfo=timezone.get_fixed_timezone(480))
    assert Column(field).stored(here, connection) == Column(field).stored(here.astimezone(UTC), connection)
    for moment in (here, here.astimezone(UTC), here.replace(microsecond=7)):
        assert Column(field).stored(moment, connection) == connection.ops.adapt_datetimefield_value(moment)


def test_a_moment_is_read_from_a_column_and_from_what_was_worked_out():
    mara = person("mara")
    held = User.objects.filter(pk=mara.pk).values_list("created", Max("created"), Trunc("created", "year"))
    found = Prepared(lambda pk: held.filter(pk=pk)).rows(pk=mara.pk)
    assert found == [(mara.created, mara.created, datetime(mara.created.year, 1, 1, tzinfo=UTC))]


def test_what_is_no_word_goes_the_way_of_its_field():
    """Also into a column of words."""
    assert Column(User._meta.get_field("name")).stored(7, connection) == "7"
    with pytest.warns(RuntimeWarning, match="naive datetime"):
        Column(Login._meta.get_field("expires")).stored(datetime(2026, 11, 23), connection)  # noqa: DTZ001


def test_a_field_that_takes_the_time_of_now_takes_it():
    application = Application(created=None, updated=timezone.now() - timedelta(days=1))
    before = timezone.now()
    for name in ("created", "updated"):
        Column(Application._meta.get_field(name)).of(application, connection)
        assert getattr(application, name) >= before


def test_what_was_not_read_is_read_when_somebody_asks_for_it(django_assert_num_queries):
    mara = person("mara")
    found = Prepared(lambda pk: User.objects.filter(pk=pk).only("username")).get(pk=mara.pk)
    with django_assert_num_queries(0):
        assert found.username == "mara"
    with django_assert_num_queries(1):
        assert found.auth_epoch == mara.auth_epoch


def test_a_row_that_was_read_is_one_that_is_there(django_assert_num_queries):
    """It has a state of its own, is written back, and forgets the person of before when it gets another."""
    mara, eli = person("mara"), person("eli")
    login = Login.objects.create(user=mara, auth_epoch=1, browser="", expires=timezone.now())
    found, other = (
        Prepared(lambda pk: Login.objects.select_related("user").filter(pk=pk)).get(pk=login.pk) for _ in "ab"
    )
    assert found._state is not other._state
    found.user_id = eli.pk
    with django_assert_num_queries(1):
        assert found.user == eli
    with django_assert_num_queries(0):
        assert other.user == mara
    found.save()
    assert Login.objects.get().user == eli
