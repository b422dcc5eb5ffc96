"""A sign-in from its beginning to its session, called directly: everything that is written, and what is not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.messages.storage.fallback import FallbackStorage
from django.utils import timezone, translation

from accounts import marks, pending, policy
from accounts.browser import seen
from accounts.models import KnownBrowser, Login, OpenSession, TemporaryPassword, session_displaced
from tests.factories import person
from tests.stories.test_begun import visit
from tests.stories.witness import Witness, counted, ended, event

NEW = "four entirely different words"
HERE, THERE = "203.0.113.7", "198.51.100.7"


@pytest.fixture
def looking(mara, monkeypatch):
    """Somebody else is there, too: so nothing is about Mara's because she is the only one."""
    person("dana")
    return Witness(monkeypatch)


def holds(*_given):
    return True


def approved(user, factor="key", *, again=None, **begun):
    """A request of a browser whose sign-in was approved, and that sign-in. `again`: an earlier request of it."""
    request = visit()
    if again is not None:
        request.COOKIES, request._portal_browser = again.COOKIES, seen(again)
    request._messages = FallbackStorage(request)
    login = pending.begin(request, user, **begun)
    assert login.approve(factor=factor)
    # It is claimed from another address than it was begun at.
    request.META["REMOTE_ADDR"] = THERE
    return request, login


def claimed(user, factor="key", *, weaker=False, **begun):
    request, login = approved(user, factor, **begun)
    assert pending.claim(request, login, proof_holds=holds, weaker=weaker) is True
    request.session.save()
    return request, login


def temporary_of(user):
    expires = timezone.now() + timedelta(minutes=5)
    return TemporaryPassword.objects.create(user=user, state="awake", hash="", expires=expires)


def test_a_beginning_is_written_down_under_the_persons_lock(looking, mara):
    login = pending.begin(visit(), mara)
    assert looking.recorded() == [event("login.begin", of=login)]
    assert looking.locked() == ["user"]
    assert counted("start/") == {f"start/:{mara.pk}:any": 1}


@pytest.mark.parametrize("is_staff", [False, True])
def test_a_claim_opens_a_session_for_so_long_and_writes_it_down(looking, mara, is_staff):
    """R-04, R-50, R-55, P-40."""
    mara.is_staff = is_staff
    mara.save()
    asked = []
    with time_machine.travel(int(datetime.now(UTC).timestamp()) + 1, tick=False):
        request, login = approved(mara)
        before, now = request.session.session_key, timezone.now()
        looking.recorded(), looking.locked()
        assert pending.claim(request, login, proof_holds=lambda *who: asked.append(who) or True, weaker=True) is True
        life = policy.STAFF_SESSION_LIFE if is_staff else policy.SESSION_LIFE
        assert request.session.get_expiry_date() == now + timedelta(seconds=life)
        assert request.session[marks.SIGNED_IN_AT] == request.session[marks.SEEN_AT] == now.timestamp()
    assert asked == [(mara, login)]
    assert looking.recorded() == [event("login.claim", of=login, address=THERE, by="key")]
    assert looking.locked()[0] == "user"
    assert request.user == mara
    assert request.session.session_key != before
    assert request.session[SESSION_KEY] == str(mara.pk)
    assert "only_password" not in request.session
    assert "login" not in request.session
    row = OpenSession.objects.get()
    assert (row.user, row.session_key, row.factor, row.weaker) == (mara, request.session.session_key, "key", True)
    known = KnownBrowser.objects.get()
    assert (known.user, known.digest) == (mara, seen(request).digest)
    assert (known.auth_epoch, known.browser, known.used) == (mara.auth_epoch, "Firefox / Windows", now)
    assert counted("start/") == {}
    assert login.state == "consumed"


def test_a_claim_by_the_password_alone_says_so(looking, mara):
    request, login = approved(mara, factor="")
    looking.recorded()
    assert pending.claim(request, login, proof_holds=holds, weaker=False)
    assert looking.recorded() == [event("login.claim", of=login, address=THERE, by="password")]


def test_a_browser_that_is_known_has_a_count_of_its_own_which_the_claim_clears(mara):
    request, _login = claimed(mara)
    KnownBrowser.objects.update(used=timezone.now() - timedelta(days=80), auth_epoch=mara.auth_epoch)
    pending.begin(visit(), mara)
    once_more, login = approved(mara, again=request)
    digest = seen(request).digest
    assert login.known_browser
    assert counted("start/") == {f"start/:{mara.pk}:any": 1, f"start/:{mara.pk}:{digest[:16]}": 1}
    assert pending.claim(once_more, login, proof_holds=holds, weaker=False)
    assert counted("start/") == {f"start/:{mara.pk}:any": 1}
    assert KnownBrowser.objects.get().used > timezone.now() - timedelta(minutes=1)


WAYS_TO_FAIL = {
    "inactive": ({"is_active": False}, {}, "failed"),
    "of another epoch": ({"auth_epoch": 7}, {}, "failed"),
    "of another epoch since it was read": ({}, {"auth_epoch": 7}, "approved"),
    "too late": ({}, {"claim_by": timezone.now() - timedelta(minutes=1)}, "approved"),
    "cancelled": ({}, {"state": "cancelled"}, "approved"),
}


@pytest.mark.parametrize("way", WAYS_TO_FAIL)
def test_a_claim_that_fails_is_written_down_and_opens_nothing(looking, mara, way):
    """R-04."""
    of_person, of_login, reason = WAYS_TO_FAIL[way]
    request, login = approved(mara)
    type(mara).objects.filter(pk=mara.pk).update(**of_person)
    Login.objects.filter(pk=login.pk).update(**of_login)
    looking.recorded()
    assert pending.claim(request, login, proof_holds=holds, weaker=False) is False
    assert looking.recorded() == [event("login.claim", reason, of=login, address=THERE)]
    assert SESSION_KEY not in request.session
    assert not OpenSession.objects.exists()
    assert ended(login) == (("failed", "changed") if reason == "failed" else (of_login.get("state", "approved"), ""))


def test_a_temporary_password_is_claimed_once(looking, mara):
    """AT-028, R-40: by whoever comes first, also where the row was read before."""
    temporary = temporary_of(mara)
    (first, login), (second, late) = (approved(mara, temporary=temporary) for _ in range(2))
    looking.recorded()
    assert pending.claim(first, login, proof_holds=holds, weaker=False)
    assert looking.recorded() == [
        event("login.claim", of=login, address=THERE, by="key"),
        event("sealed.use", of=login, address=THERE),
    ]
    assert first.session[marks.ONLY_PASSWORD] is True
    late.temporary.state = "awake"
    assert not pending.claim(second, late, proof_holds=holds, weaker=False)
    assert (ended(late), SESSION_KEY in second.session) == (("failed", "changed"), False)
    temporary.refresh_from_db()
    assert temporary.state == "used"


def test_one_session_too_many_ends_the_oldest_and_says_which(looking, mara, monkeypatch):
    """P-43."""
    told = []
    monkeypatch.setattr("accounts.pending.session_displaced", [told.append])
    monkeypatch.setattr(policy, "SESSIONS_AT_ONCE", 2)
    for _ in range(2):
        claimed(mara)
    OpenSession.objects.filter(pk=OpenSession.objects.earliest("pk").pk).update(browser="Edge / macOS")
    looking.recorded()
    request, login = claimed(mara)
    assert looking.recorded()[1:] == [
        event("login.claim", of=login, address=THERE, by="key"),
        event("session.displace", of=mara, address=THERE, device="Edge / macOS"),
    ]
    assert told == [mara]
    (message,) = [str(each) for each in request._messages]
    assert "at 2 browsers at once" in message
    assert f"Edge on macOS, {THERE}." in message
    assert session_displaced


@pytest.mark.parametrize(
    ("known", "read", "reads"),
    [(False, "", "zh-hant"), (False, "en", "en"), (True, "en", "zh-hant"), (True, "zh-hant", "zh-hant")],
)
def test_a_browser_that_is_new_changes_no_language_that_is_known(mara, known, read, reads):
    other = person("dana")
    type(mara).objects.filter(pk=mara.pk).update(reads=read)
    request, login = approved(mara)
    Login.objects.filter(pk=login.pk).update(known_browser=known)
    login.refresh_from_db()
    with translation.override("zh-hant"):
        assert pending.claim(request, login, proof_holds=holds, weaker=False)
    mara.refresh_from_db(), other.refresh_from_db()
    assert (mara.reads, other.reads) == (reads, "")


def test_a_page_in_no_language_teaches_none(mara):
    request, login = approved(mara)
    with translation.override(None):
        assert pending.claim(request, login, proof_holds=holds, weaker=False)
    mara.refresh_from_db()
    assert mara.reads == ""


LONG_AGO = policy.DORMANT_AFTER + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("factor", "last", "created", "dormant"),
    [
        ("password", LONG_AGO, LONG_AGO, True),
        ("password", None, LONG_AGO, True),
        ("password", timedelta(days=1), LONG_AGO, False),
        ("password", None, policy.DORMANT_AFTER - timedelta(minutes=1), False),
        ("key", LONG_AGO, LONG_AGO, False),
    ],
)
def test_a_forgotten_account_is_noticed_at_its_first_sign_in(looking, mara, factor, last, created, dormant):
    """P-48."""
    now, other = timezone.now(), person("eli")
    type(mara).objects.update(last_login=last and now - last, created=now - created)
    looking.recorded()
    _request, login = claimed(mara, factor)
    mara.refresh_from_db(), other.refresh_from_db()
    noticed = [event("account.dormant", of=mara)] if dormant else []
    assert [each for each in looking.recorded() if each[0] != "login.begin"] == [
        *noticed,
        event("login.claim", of=login, address=THERE, by=factor),
    ]
    assert (mara.dormant_at is not None, other.dormant_at) == (dormant, None)
    if dormant:
        assert timedelta(0) <= timezone.now() - mara.dormant_at < timedelta(minutes=1)
        first = mara.dormant_at
        type(mara).objects.update(last_login=now - LONG_AGO)
        claimed(mara, factor)
        mara.refresh_from_db()
        assert mara.dormant_at == first


def test_the_last_moment_of_ninety_days_is_not_too_late(mara):
    """P-48."""
    with time_machine.travel(int(datetime.now(UTC).timestamp()) + 1, tick=False):
        type(mara).objects.update(created=timezone.now() - policy.DORMANT_AFTER)
        mara.refresh_from_db()
        claimed(mara, "password")
    mara.refresh_from_db()
    assert mara.dormant_at is None
