"""What somebody learns by guessing activation codes: nothing, and not for long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Tally
from tests.factories import PIN, desk, give_password, phone
from tests.pocket import Problem
from tests.stories.ways import code_at, events, new_code
from twofactor import policy
from twofactor.models import Activation


@pytest.fixture
def shown(mara, here):
    """The code that stands on Mara's page."""
    give_password(here, mara)
    return code_at(here)


def refused(code, pocket=None):
    """Claim a code that is no good; returns the refusal."""
    with pytest.raises(Problem) as refusal:
        (pocket or phone()).claim(code)
    return refusal.value


def run_out(**when):
    """Let the time of all activations be over, by the database's clock."""
    Activation.objects.update(**(when or {"expires": timezone.now() - timedelta(seconds=1)}))


def test_every_bad_code_gets_one_answer(mara, here):
    """R-37, AT-050, AT-051: unknown, expired, used, burned and nonsense are one."""
    codes = {"unknown": "0000-0000-0000", "nonsense": "!", "empty": "", "url": "https://evil.example/a#0000"}
    give_password(here, mara)
    codes["burned"] = code_at(here)
    new_code(here)
    codes["expired"] = code_at(here)
    run_out()
    new_code(here)
    codes["claimed"] = code_at(here)
    phone().claim(codes["claimed"])
    new_code(here)
    codes["used"] = code_at(here)
    pocket = phone()
    pocket.claim(codes["used"])
    pocket.activate(PIN)
    answers = set()
    for code in codes.values():
        refusal = refused(code)
        assert refusal.body.pop("server_time")
        answers.add(
            (
                refusal.status,
                repr(sorted(refusal.body.items())),
                repr(sorted((name, value) for name, value in refusal.headers.items() if name != "X-Request-ID")),
            )
        )
    assert len(answers) == 1


def test_the_record_keeps_the_true_reason(shown, here):
    refused("0000-0000-0000")
    phone().claim(shown)
    refused(shown)
    assert events("activation.claim") == [("refused", "unknown"), ("ok", ""), ("refused", "claimed")]


def test_twenty_wrong_codes_close_an_address(clock, shown):
    """AT-051, P-29: no name is typed with a code: a wrong one is nobody's, burns nothing, and closes the address."""
    (limit,) = policy.ACTIVATION_ADDRESS
    assert (limit.count, limit.seconds) == (20, 600)
    pocket = phone()
    assert [refused("0000-0000-0000", pocket).code for _ in range(20)] == ["code-unknown"] * 20
    refusal = refused(shown, pocket)
    assert (refusal.status, refusal.code, refusal.headers["Retry-After"]) == (429, "slow-down", "601")
    assert refusal.body["retry_at"] == refusal.body["server_time"] + 601
    other = desk().post(
        "/authenticator/api/activations", {"code": shown}, content_type="application/json", REMOTE_ADDR="203.0.113.5"
    )
    assert other.status_code == 201


def test_right_codes_close_no_address(mara, here):
    give_password(here, mara)
    Tally.objects.all().delete()
    pocket, claimed = phone(), set()
    for _ in range(21):
        new_code(here)
        claimed.add(pocket.claim(code_at(here))["activation"])
    assert len(claimed) == 21


def test_a_thousand_wrong_codes_close_the_site_for_a_while(clock, shown):
    """AT-051: from however many addresses."""
    (limit,) = policy.ACTIVATION_SITE
    assert (limit.count, limit.seconds) == (1000, 600)
    refused("0000-0000-0000")
    Tally.objects.filter(name=limit.name).update(count=1000)
    assert refused(shown).code == "slow-down"
