"""Statements that are compiled once give what the ORM gives, for every value and on every thread."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts import prepared
from accounts.models import AuditEvent, KnownBrowser, Login, Tally, User
from accounts.prepared import Prepared, PreparedMany, PreparedUpdate, ask, insert, insert_new, update
from tests.factories import person
from twofactor.models import Code

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara():
    return person("mara")


@pytest.fixture
def eli():
    return person("eli")


def login_of(user, **more):
    return Login.objects.create(
        user=user, auth_epoch=1, browser="Firefox / Linux", expires=timezone.now() + timedelta(hours=1), **more
    )


def as_dict(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_it_finds_what_the_orm_finds_for_one_value_and_for_the_next(mara, eli):
    named = Prepared(lambda username: User.objects.filter(username=username))
    for user in (mara, eli, mara):
        found = named.first(username=user.username)
        assert as_dict(found) == as_dict(User.objects.get(pk=user.pk))
        assert found._state.adding is False
        assert found._state.db == "default"
    assert named.first(username="nobody") is None


def test_one_that_is_not_there_is_said_in_the_models_own_words(mara):
    with pytest.raises(User.DoesNotExist):
        Prepared(lambda pk: User.objects.filter(pk=pk)).get(pk=0)


def test_related_rows_come_with_it(mara, django_assert_num_queries):
    login = login_of(mara)
    with_person = Prepared(lambda pk: Login.objects.select_related("user", "temporary").filter(pk=pk))
    with django_assert_num_queries(1):
        found = with_person.get(pk=login.pk)
        assert found.user == mara
        assert found.user.username == "mara"
        assert found.temporary is None


def test_all_come_in_their_order_and_as_many_as_are_wanted(mara):
    logins = [login_of(mara, created=timezone.now() - timedelta(seconds=age)) for age in (3, 1, 2)]
    newest = Prepared(lambda user: Login.objects.filter(user=user).order_by("-created")[:2])
    assert newest.all(user=mara.pk) == [logins[1], logins[2]]


def test_values_come_as_the_orm_converts_them(mara):
    login = login_of(mara, address="2001:db8::1")
    values = Prepared(lambda user: Login.objects.filter(user=user).values_list("created", "address", "known_browser"))
    assert values.rows(user=mara.pk) == [(login.created, "2001:db8::1", False)]


def test_moments_are_compared_as_moments(mara):
    login = login_of(mara)
    since = Prepared(lambda user, moment: Login.objects.filter(user=user, created__gt=moment))
    assert since.any(user=mara.pk, moment=login.created - timedelta(microseconds=1))
    assert not since.any(user=mara.pk, moment=login.created)


def test_annotations_are_there(mara):
    counted = Prepared(lambda pk: User.objects.filter(pk=pk).annotate(next_epoch=F("auth_epoch") + 1))
    assert counted.get(pk=mara.pk).next_epoch == mara.auth_epoch + 1


def test_it_is_compiled_once(mara, monkeypatch):
    built = []

    def build(pk):
        built.append(pk)
        return User.objects.filter(pk=pk)

    found = Prepared(build)
    for _ in range(3):
        found.get(pk=mara.pk)
    assert len(built) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_a_query_about_many_finds_each_once_and_nobody_else(mara, size):
    logins = [login_of(mara) for _ in range(9)]
    wanted = sorted(login.pk for login in logins[:size])
    known = PreparedMany(lambda names, user: Login.objects.filter(pk__in=names, user=user).order_by("pk"))
    assert [login.pk for login in known.all(wanted, user=mara.pk)] == wanted
    assert known.all(wanted, user=mara.pk + 1) == []


def test_a_query_about_many_is_compiled_for_few_lengths(mara, monkeypatch):
    made, real = [], PreparedMany._of_size
    monkeypatch.setattr(PreparedMany, "_of_size", lambda self, size: made.append(size) or real(self, size))
    known = PreparedMany(lambda names: Login.objects.filter(user__pk__in=names).values_list("pk"))
    for length in range(1, 9):
        known.rows([mara.pk] * length)
    assert made == [1, 2, 4, 8]


def test_the_place_of_a_value_is_never_taken_for_a_word(mara):
    """Where Django makes words of what it is given, such a query would find nothing and say nothing."""
    wrong = PreparedMany(lambda names: Code.objects.filter(login__in=names))
    with pytest.raises(TypeError):
        wrong.all(["x"])


def test_an_update_writes_the_rows_that_it_means_and_says_how_many(mara, eli):
    statement = PreparedUpdate(lambda pk: User.objects.filter(pk=pk), reads=None, auth_epoch=F("auth_epoch") + 1)
    assert statement.run(pk=mara.pk, reads="en") == 1
    assert statement.run(pk=eli.pk, reads="zh-hant") == 1
    assert statement.run(pk=0, reads="en") == 0
    assert sorted(User.objects.values_list("username", "reads", "auth_epoch")) == [
        ("eli", "zh-hant", eli.auth_epoch + 1),
        ("mara", "en", mara.auth_epoch + 1),
    ]


def test_an_update_by_shape_knows_nothing_from_everything_else(mara):
    """What is None is another statement, and no value of before is used again."""
    login = login_of(mara)
    here, now = Q(pk=login.pk), timezone.now()
    assert update(Login, here & Q(claim_by=None), claim_by=now) == 1
    assert update(Login, here & Q(claim_by=None), claim_by=now) == 0
    assert update(Login, here & Q(claim_by=now), claim_by=None, reason="one") == 1
    assert update(Login, here & Q(claim_by=now), claim_by=None, reason="two") == 0
    login.refresh_from_db()
    assert (login.claim_by, login.reason) == (None, "one")


def test_an_update_by_shape_keeps_and_or_and_not_apart(mara):
    login = login_of(mara)
    first, second = Q(reason=""), Q(known_browser=True)
    for where, written in ((first & second, 0), (first | second, 1), (~first | second, 0), (first & ~second, 1)):
        assert update(Login, where & Q(pk=login.pk), factor="") == written


def test_an_update_by_shape_takes_expressions_and_several_values(mara):
    login = login_of(mara)
    for states, written in ((("pending",), 1), (("approved", "failed"), 0), (frozenset({"pending", "failed"}), 1)):
        where = Q(pk=login.pk, state__in=states, expires__gt=Now())
        assert update(Login, where, version=F("version") + 1) == written
    login.refresh_from_db()
    assert login.version == 3


def test_an_update_by_shape_takes_rows_for_their_keys(mara, eli):
    login = login_of(mara)
    assert update(Login, Q(user=mara), user=eli) == 1
    login.refresh_from_db()
    assert login.user == eli


def test_no_process_keeps_every_shape_that_it_has_met(mara, monkeypatch):
    """Expressions hold values, so there may be a shape for each value."""
    monkeypatch.setattr(prepared, "_updates", kept := {})
    monkeypatch.setattr(prepared, "_MOST_UPDATES", 2)
    login = login_of(mara)
    for more in range(5):
        assert update(Login, Q(pk=login.pk), version=F("version") + more) == 1
        assert 1 <= len(kept) <= 2
    login.refresh_from_db()
    assert login.version == 11


def test_a_row_is_inserted_as_the_orm_would(mara):
    known = KnownBrowser(user=mara, digest="d", browser="Firefox", auth_epoch=1)
    insert(known)
    assert known._state.adding is False
    assert as_dict(KnownBrowser.objects.get(pk=known.pk)) == as_dict(known)


def test_a_row_with_a_key_of_its_own_and_json_is_inserted(mara):
    event = AuditEvent(kind="login.claim", outcome="ok", user=mara, facts={"by": "key", "left": 2}, address="10.0.0.1")
    insert(event)
    read = AuditEvent.objects.get(pk=event.pk)
    assert (read.facts, read.address, read.seq) == ({"by": "key", "left": 2}, "10.0.0.1", None)
    login = Login(user=mara, auth_epoch=1, browser="", expires=timezone.now())
    insert(login)
    assert Login.objects.get(pk=login.pk) == login


def test_no_value_stands_in_the_statement(mara):
    """SECURITY: whatever is given is a parameter."""
    named = Prepared(lambda username: User.objects.filter(username=username))
    assert named.first(username="' OR 1=1 --") is None
    statement = named._statement("first", connection.vendor)
    assert "OR 1=1" not in statement.sql


def test_it_says_the_same_where_somebody_listens(mara):
    """Tracing and tests that count are told of each statement; nobody else waits for Django's cursors."""
    heard = []

    def listen(execute, sql, values, many, context):
        heard.append(sql)
        return execute(sql, values, many, context)

    for statement, values in (
        ("SELECT username, '100%%' FROM accounts_user WHERE id = %s", [mara.pk]),
        ("UPDATE accounts_user SET name = %s WHERE id = %s", ["Mara", mara.pk]),
        ("UPDATE accounts_user SET name = %s WHERE id = %s RETURNING name", ["Mara", mara.pk]),
        ("DELETE FROM accounts_user WHERE id = %s", [0]),
    ):
        unheard = ask(statement, values)
        with connection.execute_wrapper(listen):
            assert ask(statement, values) == unheard
    assert len(heard) == 4


def test_a_thread_that_asks_for_the_first_time_gets_its_connection():
    def ask_first():
        try:
            assert connection.connection is None
            return ask("SELECT 1", [])[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(ask_first).result() == [(1,)]


def test_errors_have_their_names_and_a_broken_transaction_takes_nothing_more(mara):
    with pytest.raises(OperationalError):
        ask("SELECT nothing FROM nowhere", [])
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            ask("SELECT username FROM accounts_user", [])


def test_an_update_gives_what_it_has_written_and_nothing_where_it_has_not(mara):
    until = timezone.now() + timedelta(days=1)
    hold = PreparedUpdate(
        lambda pk, name: User.objects.filter(pk=pk, name=name),
        returning=("name", "held_until", "is_staff"),
        held_until=None,
    )
    assert hold.rows(pk=mara.pk, name=mara.name, held_until=until) == [(mara.name, until, False)]
    assert hold.rows(pk=mara.pk, name="nobody", held_until=until) == []


def test_a_row_that_may_not_stand_beside_another_is_not_written_and_breaks_nothing(mara):
    moment = timezone.now()
    first, second = (Tally(name="short", subject="7", count=count, resets=moment) for count in (1, 2))
    with transaction.atomic():
        assert insert_new(first) is True
        assert insert_new(second) is False
        assert [(row.pk, row.count) for row in Tally.objects.all()] == [(first.pk, 1)]
