"""An activation code: claimed once, within ten minutes, as long as the page that shows it; and written down nowhere."""

import base64
import hashlib
import re
from datetime import timedelta

import pytest
import zxingcpp
from django.utils import timezone

from accounts.models import User
from tests.factories import PIN, desk, give_password, person, phone
from tests.pocket import Problem, read_code
from tests.stories.ways import code_at, code_state, dump, new_code, sign_in, sign_out, text
from twofactor.models import Activation, PortalKey


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


# --- Its states ---


def test_it_goes_from_fresh_to_claimed_to_used(shown, here):
    pocket = phone()
    assert code_state(here) == "fresh"
    pocket.claim(shown)
    assert code_state(here) == "claimed"
    pocket.activate(PIN)
    assert code_state(here) == "used"


def test_there_is_none_without_asking(mara, pocket, here):
    sign_in(here, mara, pocket)
    assert code_state(here) == "none"
    assert code_at(here) == ""


def test_it_lives_ten_minutes(clock, shown, here):
    row = Activation.objects.get()
    assert abs(row.expires - row.created - timedelta(minutes=10)) < timedelta(seconds=1)
    clock.shift(599)
    assert code_state(here) == "fresh"
    clock.shift(2)
    assert code_state(here) == "expired"
    assert code_at(here) == ""


def test_it_cannot_be_claimed_when_its_time_is_over(shown, here):
    run_out()
    assert refused(shown).code == "code-unknown"
    assert code_state(here) == "expired"


def test_a_claim_must_be_completed_in_its_time(shown, here):
    pocket = phone()
    pocket.claim(shown)
    run_out()
    with pytest.raises(Problem) as refusal:
        pocket.activate(PIN)
    assert refusal.value.code == "code-unknown"
    assert code_state(here) == "expired"
    assert not PortalKey.objects.filter(state="active").exists()


def test_the_first_claim_uses_it_up(shown):
    """AT-026: whoever comes second learns nothing, whether it is another device or the same one."""
    pocket = phone()
    pocket.claim(shown)
    assert refused(shown).code == "code-unknown"
    assert refused(shown, pocket).code == "code-unknown"
    pocket.activate(PIN)
    assert refused(shown).code == "code-unknown"


def test_only_the_one_that_claimed_it_can_complete_it(shown):
    """The nonce of the claim is what completes."""
    pocket, thief = phone(), phone()
    thief.claimed = {**pocket.claim(shown), "nonce": "A" * 43}
    with pytest.raises(Problem) as refusal:
        thief.activate(PIN)
    assert refusal.value.code == "bad-signature"
    pocket.activate(PIN)


def test_it_is_completed_once(shown):
    pocket = phone()
    pocket.claim(shown)
    pocket.activate(PIN)
    with pytest.raises(Problem) as refusal:
        pocket.activate(PIN)
    assert refusal.value.code == "code-unknown"
    assert PortalKey.objects.count() == 1


def test_opening_the_address_of_the_square_consumes_nothing(shown, here):
    visitor = desk(**{"user-agent": "LinkPreview/1.0", "purpose": "prefetch"})
    for method in ("get", "head"):
        response = getattr(visitor, method)("/a")
        assert response.status_code == 200
        assert not response.cookies
        visitor.get("/authenticator/")
        visitor.get(f"/a?code={read_code(shown)}")
    assert code_state(here) == "fresh"
    phone().claim(shown)


def test_the_address_leads_to_the_host_that_holds_the_keys(shown, here, settings):
    settings.PORTAL_AUTHENTICATOR_URL = "https://authenticator.example"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "authenticator.example"]
    moved = here.get("/a")
    # Browsers carry the fragment along.
    assert (moved.status_code, moved["Location"]) == (302, "https://authenticator.example/a")
    assert here.get("/a", headers={"host": "authenticator.example"}).status_code == 200
    assert code_state(here) == "fresh"


@pytest.mark.parametrize("spelling", [str.lower, lambda c: c.replace("-", " "), lambda c: f"  {c}  ", lambda c: c])
def test_it_is_read_as_people_type_it(shown, spelling):
    pocket = phone()
    assert pocket.post("/activations", {"code": spelling(shown)})["pin_question"]


# --- Where it is not ---


def encodings(secret):
    """A secret as somebody might have written it down after all."""
    raw = secret.encode()
    digests = [hashlib.new(name, raw).digest() for name in ("md5", "sha1", "sha256", "sha512")]
    for data in (raw, raw.lower(), raw[::-1], *digests):
        yield from (data, data.hex().encode(), base64.b64encode(data), base64.urlsafe_b64encode(data).rstrip(b"="))


def test_no_table_holds_it_in_any_form(shown, here):
    """AT-052, R-30: a backup of the database activates nothing."""
    everything = repr(dump(without=set())).encode() + repr(dict(here.session.items())).encode()
    for code in (shown, read_code(shown)):
        for form in encodings(code):
            assert form not in everything


def test_no_table_holds_the_confirmation_number(shown, settings):
    settings.PORTAL_ACTIVATION_CONFIRM = True
    pocket = phone()
    pocket.claim(shown)
    (key,) = [pocket.keys[pocket.activate(PIN)]]
    everything = repr(dump(without=set())).encode()
    for form in encodings(key.confirm_code):
        assert form not in everything


def test_it_stands_in_the_fragment_only(shown, here, settings):
    """AT-055, R-35: and the address is the configured one, whatever the browser calls the host."""
    page = here.get("/security/key/", headers={"x-forwarded-host": "evil.example"}).content.decode()
    assert f"{settings.PORTAL_BASE_URL}/a#{read_code(shown)}" in page or "/a#" not in page
    assert "evil.example" not in page
    assert here.get("/security/key/", headers={"host": "evil.example"}).status_code == 400


def test_the_square_says_the_configured_address(shown, here, settings):
    page = here.get("/", headers={"x-forwarded-host": "evil.example"}).content.decode()
    size, scale = int(re.search(r'class="qr"[^>]*viewBox="0 0 (\d+)', page)[1]), 4
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", page)
    dark = {(int(x) + step, int(y)) for x, y, width in runs for step in range(int(width))}
    rows = (b"".join((b"\0" if (x, y) in dark else b"\xff") * scale for x in range(size)) * scale for y in range(size))
    picture = memoryview(b"".join(rows)).cast("B", [size * scale, size * scale])
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == f"{settings.PORTAL_BASE_URL}/a#{read_code(shown)}"


# --- It dies with its session ---


def ends_by_signing_out(mara, here):
    sign_out(here)


def ends_from_another_browser(mara, here):
    other = desk()
    other.cookies["session"] = owner_session(mara)
    other.post("/security/sessions/end/")


def ends_by_a_new_password(mara, here):
    other = desk()
    other.cookies["session"] = owner_session(mara)
    new = "four entirely different words"
    assert other.post("/security/password/", {"password": new, "again": new}).status_code == 302


def ends_by_deactivation(mara, here):
    User.objects.filter(pk=mara.pk).update(is_active=False)


ENDS = [ends_by_signing_out, ends_from_another_browser, ends_by_a_new_password, ends_by_deactivation]


def owner_session(mara):
    return mara.desk.cookies["session"].value


@pytest.fixture
def stolen(mara, here):
    """The code on the page of somebody else who knows Mara's password; Mara was signed in before."""
    mara.desk = desk()
    give_password(mara.desk, mara)
    give_password(here, mara)
    return code_at(here)


@pytest.mark.parametrize("end", ENDS)
def test_it_cannot_be_claimed_after_its_session_ended(mara, here, stolen, end):
    end(mara, here)
    assert refused(stolen).code == "code-unknown"


@pytest.mark.parametrize("end", ENDS)
def test_it_cannot_be_completed_after_its_session_ended(mara, here, stolen, end):
    pocket = phone()
    pocket.claim(stolen)
    end(mara, here)
    with pytest.raises(Problem) as refusal:
        pocket.activate(PIN)
    assert refusal.value.code == "code-unknown"
    assert not PortalKey.objects.filter(state="active").exists()
    assert here.get("/").status_code == 302


def test_a_session_that_ended_is_not_brought_back(mara, here, stolen, settings):
    """Nor by the number that was on the way to it."""
    settings.PORTAL_ACTIVATION_CONFIRM = True
    pocket = phone()
    pocket.claim(stolen)
    key = pocket.keys[pocket.activate(PIN)]
    ends_from_another_browser(mara, here)
    here.post("/security/key/confirm/", {"code": key.confirm_code})
    assert here.get("/").status_code == 302
    assert not PortalKey.objects.filter(state="active").exists()


# --- It is replaced by the next ---


def test_a_new_code_ends_the_one_before(shown, here):
    new_code(here)
    second = code_at(here)
    assert second != shown
    assert refused(shown).code == "code-unknown"
    phone().claim(second)


def test_a_new_code_ends_a_claim_that_is_not_complete(shown, here):
    pocket = phone()
    pocket.claim(shown)
    new_code(here)
    with pytest.raises(Problem) as refusal:
        pocket.activate(PIN)
    assert refusal.value.code == "code-unknown"
    assert code_state(here) == "fresh"


def test_a_sign_in_elsewhere_ends_the_code_and_the_page_says_so(mara, shown, here):
    other = desk()
    give_password(other, mara)
    assert refused(shown).code == "code-unknown"
    assert code_state(here) == "burned"
    assert "newer code" in text(here.get("/security/key/"))
    phone().claim(code_at(other))


def test_a_new_code_asks_for_a_fresh_sign_in(clock, mara, here):
    """R-31."""
    give_password(here, mara)
    clock.shift(299)
    assert new_code(here)["Location"] == "/"
    clock.shift(2)
    assert new_code(here)["Location"].startswith("/sign-in/")


def test_a_new_code_of_one_person_leaves_anothers_alone(shown):
    other = desk()
    give_password(other, person("eli"))
    new_code(other)
    phone().claim(shown)
    assert Activation.objects.get(state="claimed").user.username == "mara"
