"""What the owner must hear is heard: no empty budget, no flood of other notices, no cap of money silences it (R-61)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Tally
from tests.stories.carried import NUMBER, OTHER, ask_number, carry, code_to, confirm, mails, remove_number, texts
from tests.stories.ways import events
from twofactor import budgets, carrying, policy
from twofactor.models import Delivery, Phone

SHARED = [("carried-site/1h", "site", 500), ("carried-country/1h", "HK", 100), ("money/24h", "site", 50_000)]


def fill(name, subject, count):
    resets = timezone.now() + timedelta(hours=1)
    Tally.objects.update_or_create(name=name, subject=subject, defaults={"count": count, "resets": resets})


def told(word):
    carry()
    return [each for each in texts(NUMBER) if word in each]


@pytest.mark.parametrize(("name", "subject", "most"), SHARED)
def test_a_change_is_told_though_the_site_has_nothing_left(eli, thief, name, subject, most):
    ask_number(thief, OTHER)
    code = code_to(OTHER)
    fill(name, subject, most)
    confirm(thief, code)
    assert len(told("was changed to")) == 1
    row = Tally.objects.get(name=name, subject=subject)
    assert row.count == most, "and it takes no room from those who sign in"


def test_codes_still_stop_there(eli, thief):
    fill("money/24h", "site", 50_000)
    assert ask_number(thief, OTHER).status_code == 429


def test_a_change_is_told_though_the_numbers_notices_are_used_up(eli, thief):
    ask_number(thief, OTHER)
    code = code_to(OTHER)
    phone = Phone.objects.get(user=eli, state="verified")
    for limit in policy.NOTICE_NUMBER:
        fill(limit.name, phone.fingerprint[:32], limit.count)
    assert not carrying.notice_at(eli, "phone-asked", phone)
    confirm(thief, code)
    assert len(told("was changed to")) == 1


def test_so_is_a_removal(eli, thief):
    phone = Phone.objects.get(user=eli, state="verified")
    for limit in policy.NOTICE_NUMBER:
        fill(limit.name, phone.fingerprint[:32], limit.count)
    remove_number(thief)
    assert len(told("was removed")) == 1


@pytest.mark.parametrize("kind", ["phone-changed", "phone-removed", "texts-off", "key-added"])
def test_one_kind_of_change_does_not_silence_another(eli, kind):
    """Nor is the same one told without end: it costs money each time."""
    phone = Phone.objects.get(user=eli)
    for other in policy.CHANGES - {kind}:
        while carrying.notice_at(eli, other, phone, about=phone):
            assert Delivery.objects.filter(kind=other).count() <= policy.CHANGE_NOTICE[0].count
    assert carrying.notice_at(eli, kind, phone, about=phone)


def test_a_notice_that_was_not_carried_is_given_back(handset, eli):
    phone = Phone.objects.get(user=eli)
    handset.refuse("setup")
    for kind in ("phone-changed", "phone-asked"):
        carrying.notice_at(eli, kind, phone, about=phone)
    carry()
    assert sum(Tally.objects.exclude(name__startswith="text-").values_list("count", flat=True)) == 0


# --- Mails ---


def test_a_person_gets_twenty_mails_an_hour(one_clock, eli):
    came = [carrying.notice_at(eli, "texts-on", None) for _ in range(25)]
    assert came == [True] * 20 + [False] * 5
    carry()
    assert len(mails()) == 20
    assert ("refused", "mail-person/1h") in events("notice.send")
    one_clock.shift(3601)
    assert carrying.notice_at(eli, "texts-on", None)


def test_one_persons_mails_are_not_anothers(eli, mara):
    for _ in range(25):
        carrying.notice_at(eli, "texts-on", None)
    assert carrying.notice_at(mara, "texts-on", None)


@pytest.mark.parametrize("kind", ["phone-changed", "phone-removed", "texts-off", "key-added"])
def test_a_real_change_is_mailed_whatever_was_mailed_before(eli, kind):
    phone = Phone.objects.get(user=eli)
    for _ in range(25):
        carrying.notice_at(eli, "texts-on", None)
    assert carrying.notice_at(eli, kind, None, about=phone)


def test_a_mail_costs_nothing(eli):
    carrying.notice_at(eli, "texts-on", None)
    assert budgets.money()[0] == Delivery.objects.get().cost == 0
