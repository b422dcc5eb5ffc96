"""The password step, called directly: what it writes, what it counts, and whom it refuses, each time word for word."""

import hashlib
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import hashing, limits, policy, recognising, temporary
from accounts.browser import seen
from accounts.hashing import BoundedArgon2
from accounts.models import KnownBrowser, RefusedOrigin, Tally, TemporaryPassword, User
from tests.factories import PASSWORD, person
from tests.stories.test_begun import visit
from tests.stories.witness import Witness, event

HERE, THERE = "203.0.113.7", "198.51.100.7"
LATER = timedelta(minutes=5)


@pytest.fixture
def looking(mara, monkeypatch):
    person("dana")
    return Witness(monkeypatch)


def at(address):
    request = visit()
    request.META["REMOTE_ADDR"] = address
    return request


def known_to(user, request, **changed):
    fields = {"digest": seen(request).digest, "auth_epoch": user.auth_epoch, "used": timezone.now(), "browser": "here"}
    return KnownBrowser.objects.create(user=user, **fields | changed)


def refused(request, name, password, kind=recognising.NotRecognised):
    with pytest.raises(kind) as refusal:
        recognising.recognise(request, name, password)
    return refusal.value


def awake(user, password, *, state="awake"):
    row = {"hash": make_password(password), "expires": timezone.now() + LATER}
    return TemporaryPassword.objects.create(user=user, state=state, **row)


def counts():
    """What stands against whom."""
    rows = Tally.objects.filter(count__gt=0)
    return {f"{row.name.partition('/')[0]} {row.subject}": row.count for row in rows}


WRONG = "not the password"


def test_a_wrong_password_is_written_down_and_counted_for_person_address_and_site(looking, mara):
    for count in (1, 2):
        refused(visit(), "Mara", WRONG)
        assert looking.recorded() == [event("password.check", "wrong", of=mara, address=HERE)]
        assert counts() == {
            "password-site site": count, f"password-address {HERE}": count, f"password {mara.pk}:any": count,
        }  # fmt: skip
    assert recognising.recognise(visit(), "mara", PASSWORD) == (mara, None)
    assert looking.recorded() == [event("password.check", of=mara, address=HERE)]
    assert counts() == {"password-site site": 2, f"password-address {HERE}": 2}


def test_whoever_is_not_there_is_counted_by_name_and_refused_alike(looking, mara):
    refused(visit(), "Nobody", WRONG)
    name = hashlib.sha256(b"nobody").hexdigest()[:32]
    assert [(*each[:3], each[3]) for each in looking.recorded()] == [("password.check", "refused", "wrong", "")]
    assert counts() == {"password-site site": 1, f"password-address {HERE}": 1, f"password name-{name}:any": 1}
    Tally.objects.all().delete()
    for changed in ({"is_active": False}, {"is_active": True, "password": "!" + mara.password}):
        User.objects.filter(pk=mara.pk).update(**changed)
        refused(visit(), "mara", PASSWORD)
        assert looking.recorded() == [event("password.check", "wrong", of=mara, address=HERE)]


def test_a_browser_that_is_known_counts_for_itself_alone(looking, mara):
    """R-50: neither for its address nor for the site."""
    request = visit()
    known_to(mara, request)
    refused(request, "mara", WRONG)
    own = f"password {mara.pk}:{seen(request).digest[:16]}"
    assert counts() == {own: 1}
    refused(visit(), "mara", WRONG)
    recognising.recognise(request, "mara", PASSWORD)
    assert counts() == {"password-site site": 1, f"password-address {HERE}": 1, f"password {mara.pk}:any": 1}


def test_a_name_that_nobody_has_is_known_nowhere(db):
    """Also not at the browser of whoever was there first."""
    request, first = visit(), person("first", pk=1)
    known_to(first, request)
    refused(request, "nobody", WRONG)
    assert len(counts()) == 3


@pytest.mark.parametrize(
    "changed",
    [{"digest": "another"}, {"auth_epoch": 7}, {"used": timezone.now() - policy.KNOWN_BROWSER_LIFE - LATER}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_browser_is_known_to_its_person_for_its_time_and_epoch(mara, changed):
    request, dana = visit(), person("dana")
    row = known_to(mara, request, **changed)
    assert not recognising.is_known(mara, seen(request))
    row.digest, row.auth_epoch = seen(request).digest, mara.auth_epoch
    row.used = timezone.now() - policy.KNOWN_BROWSER_LIFE + LATER
    row.save()
    assert recognising.is_known(mara, seen(request))
    assert not recognising.is_known(dana, seen(request))
    assert not recognising.is_known(User(pk=0), seen(request))


def test_while_the_hashers_are_busy_nothing_counts(looking, mara, monkeypatch):
    """Nothing was compared."""
    refused(visit(), "mara", WRONG)
    before = counts()
    looking.recorded()

    def busy(*_given):
        raise hashing.HashersBusy

    monkeypatch.setattr(BoundedArgon2, "verify", busy)
    refused(visit(), "mara", PASSWORD, hashing.HashersBusy)
    assert {name: count for name, count in counts().items() if name.startswith("password-")} == {
        "password-site site": 1, f"password-address {HERE}": 1,
    }  # fmt: skip
    assert counts() == before
    assert looking.recorded() == []


@pytest.mark.parametrize("full", [policy.PASSWORD_SITE, policy.PASSWORD_ADDRESS], ids=["site", "address"])
def test_what_one_count_refuses_costs_the_others_nothing(looking, mara, full):
    """P-26."""
    subject = "site" if full is policy.PASSWORD_SITE else HERE
    limits.charge(full, subject, amount=full[0].count)
    before = counts()
    assert refused(visit(), "mara", PASSWORD, limits.RateLimited).limit == full[0].name
    assert counts() == before
    assert looking.recorded() == []


# --- Temporary passwords ---


def test_a_temporary_password_is_compared_alone_while_it_is_awake(looking, mara):
    """R-40."""
    drawn = temporary.draw()
    row = awake(mara, drawn)
    assert recognising.recognise(visit(), "mara", drawn.lower()) == (mara, row)
    assert looking.recorded() == [event("password.check", of=mara, address=HERE, by="temporary")]
    refused(visit(), "mara", temporary.draw())
    assert recognising.recognise(visit(), "mara", PASSWORD) == (mara, None)
    User.objects.filter(pk=mara.pk).update(password="!" + mara.password)
    assert recognising.recognise(visit(), "mara", drawn) == (mara, row)
    refused(visit(), "mara", PASSWORD)
    refused(visit(), "dana", drawn)
    User.objects.filter(pk=mara.pk).update(is_active=False)
    refused(visit(), "mara", drawn)


def test_a_password_of_the_same_form_is_compared_where_no_temporary_one_is_awake(mara):
    drawn = temporary.draw()
    mara.set_password(drawn)
    mara.save()
    assert recognising.recognise(visit(), "mara", drawn) == (mara, None)
    awake(mara, temporary.draw())
    refused(visit(), "mara", drawn)


def test_what_was_a_password_of_late_is_no_new_one(mara):
    """R-43: the one of now, one that staff took away, and as many temporary ones as there may be in a day."""
    dana = person("dana")
    assert recognising.has_known(mara, PASSWORD) is True
    assert recognising.has_known(mara, WRONG) is False
    drawn = [temporary.draw() for _ in range(policy.TEMPORARY_PERSON[0].count + 1)]
    for each in drawn:
        awake(mara, each, state="used")
    assert [recognising.has_known(mara, each.lower()) for each in drawn] == [False, True, True, True]
    assert not recognising.has_known(dana, drawn[-1])
    assert not recognising.has_known(mara, temporary.draw())
    mara.password = "!" + mara.password
    assert recognising.has_known(mara, PASSWORD) is True
    assert recognising.has_known(mara, WRONG) is False


def test_the_decoy_has_the_form_of_a_hash_and_is_never_the_same_twice(mara):
    """R-46: nobody's password fits, and it costs what every other costs."""
    real, decoys = mara.password.split("$"), [recognising._decoy().split("$") for _ in range(2)]
    for decoy in decoys:
        assert decoy[:4] == real[:4]
        assert (len(decoy[4]), len(decoy[5])) == (22, 43)
        assert "=" not in "".join(decoy[4:])
    assert decoys[0][4] != decoys[1][4]
    assert decoys[0][5] != decoys[1][5]


# --- What was disowned (P-09) ---


def test_a_browser_that_was_disowned_is_refused_from_wherever_it_comes(looking, mara):
    request, until = at(THERE), timezone.now() + LATER
    row = {"user": mara, "digest": seen(request).digest, "network": "-"}
    RefusedOrigin.objects.create(until=until, **row)
    RefusedOrigin.objects.create(until=until + LATER, **row)
    RefusedOrigin.objects.create(until=until + LATER / 2, **row)
    assert refused(request, "mara", PASSWORD, recognising.Refused).until == until + LATER
    assert looking.recorded() == [event("password.check", "disowned", of=mara, address=THERE)]
    recognising.recognise(at(THERE), "mara", PASSWORD)
    dana = User.objects.get(username="dana")
    assert recognising.recognise(request, "dana", PASSWORD) == (dana, None)
    RefusedOrigin.objects.update(until=timezone.now() - LATER)
    recognising.recognise(request, "mara", PASSWORD)


@pytest.mark.parametrize(
    ("address", "network", "shut"),
    [
        (THERE, THERE, True),
        ("2001:db8::5", "2001:db8::/64", True),
        (THERE, HERE, False),
        ("127.0.0.1", "127.0.0.1", False),
        ("::1", "::/64", False),
        ("no address", "unknown", False),
    ],
)
def test_a_network_that_was_disowned_is_refused_to_browsers_that_are_new(mara, address, network, shut):
    RefusedOrigin.objects.create(user=mara, digest="another", network=network, until=timezone.now() + LATER)
    if shut:
        refused(at(address), "mara", PASSWORD, recognising.Refused)
    else:
        recognising.recognise(at(address), "mara", PASSWORD)
    request = at(address)
    known_to(mara, request)
    recognising.recognise(request, "mara", PASSWORD)
