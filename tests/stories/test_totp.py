"""Codes of an authenticator app: set up by one code, each used once, counted, weaker than a key or a passkey."""

import base64
import re
import time
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.conf import settings

from accounts.models import AuditEvent, Login
from tests.factories import desk, finish, give_password, person
from tests.stories.carried import NUMBER, choose, chooser, code_to, stop_links, switch_texts, text_in, type_code
from tests.stories.ways import events, is_in, login_of, sign_in, sign_out, text
from tests.stories.webauthn import add_passkey
from twofactor import policy
from twofactor.models import Phone, Totp
from twofactor.protocol import totp
from twofactor.protocol.errors import Unsealable

PAGE, VERIFY = "/security/app/", "/sign-in/verify/app/"


def secret_at(browser):
    """The secret as the page spells it out for typing."""
    found = re.search(r'<code translate="no">([A-Z2-7 ]+)</code>', browser.get(PAGE).content.decode())
    return base64.b32decode(found[1].replace(" ", "")) if found else b""


def shown(secret, steps=0):
    """What an app with this secret shows now, or some steps later."""
    return totp.code(secret, int(time.time()) // 30 + steps)


def set_up(browser):
    """From a browser that is signed in, the whole road to an app that counts; gives its secret."""
    browser.post(f"{PAGE}make/")
    secret = secret_at(browser)
    assert browser.post(f"{PAGE}prove/", {"code": shown(secret)}).status_code == 302
    return secret


def type_app(browser, code):
    return browser.post(VERIFY, {"code": code})


@pytest.fixture
def app(one_clock, here, mara):
    """Mara has an app and nothing else; her browser is signed out, and the code of the set-up is over."""
    give_password(here, mara)
    secret = set_up(here)
    sign_out(here)
    one_clock.shift(60)
    return secret


# --- Setting it up ---


def test_one_code_proves_that_the_app_has_the_secret(one_clock, here, mara):
    give_password(here, mara)
    here.post(f"{PAGE}make/")
    secret = secret_at(here)
    assert len(secret) == 20
    sign_out(here)
    assert not give_password(desk(), mara)["Location"].startswith("/sign-in/verify")
    give_password(here, mara)
    other = desk()
    give_password(other, mara)
    here.post(f"{PAGE}prove/", {"code": shown(secret)})
    assert (is_in(here), is_in(other)) == (True, False)
    assert secret_at(here) == b""
    assert events("totp.add") == [("ok", "")]


def test_the_qr_holds_what_apps_agree_on(one_clock, here, mara):
    give_password(here, mara)
    here.post(f"{PAGE}make/")
    link = urlsplit(here.get(PAGE).context["link"])
    told = parse_qs(link.query)
    assert (link.scheme, link.netloc) == ("otpauth", "totp")
    assert unquote(link.path) == f"/{settings.PORTAL_NAME}:mara"
    assert told["issuer"] == [settings.PORTAL_NAME]
    assert (told["algorithm"], told["digits"], told["period"]) == (["SHA1"], ["6"], ["30"])
    assert base64.b32decode(told["secret"][0]) == secret_at(here)
    assert 'aria-label="QR code for your authenticator app"' in here.get(PAGE).content.decode()


def test_a_wrong_first_code_sets_nothing_up(one_clock, here, mara):
    give_password(here, mara)
    here.post(f"{PAGE}make/")
    secret = secret_at(here)
    for code in (shown(secret, 5), "12345", "", "１２３４５６"):
        assert here.post(f"{PAGE}prove/", {"code": code}).status_code == 422
    assert Totp.objects.get().state == "new"
    assert secret_at(here) == secret


def test_a_session_that_is_not_fresh_sees_no_secret(one_clock, here, mara):
    """AT-047, P-42: but whoever had to look for the app may still type its code."""
    give_password(here, mara)
    here.post(f"{PAGE}make/")
    secret = secret_at(here)
    one_clock.shift(301)
    assert secret_at(here) == b""
    assert here.post(f"{PAGE}make/")["Location"].startswith("/sign-in/?again=1")
    assert here.post(f"{PAGE}prove/", {"code": shown(secret)}).status_code == 302
    assert Totp.objects.get().state == "active"


def test_a_secret_waits_for_ten_minutes(one_clock, here, mara):
    give_password(here, mara)
    here.post(f"{PAGE}make/")
    secret = secret_at(here)
    one_clock.shift(601)
    assert "waited too long" in text(here.post(f"{PAGE}prove/", {"code": shown(secret)}, follow=True))
    assert Totp.objects.get().state == "new"


def test_another_device_takes_the_place_of_the_first_once_it_is_proved(app, one_clock, here, mara):
    give_password(here, mara)
    type_app(here, shown(app))
    here.post(f"{PAGE}make/")
    newer = secret_at(here)
    assert Totp.objects.get(state="active").state == "active"
    here.post(f"{PAGE}prove/", {"code": shown(newer)})
    assert [(each.state, bool(each.sealed_secret)) for each in Totp.objects.order_by("pk")] == [
        ("ended", False),
        ("active", True),
    ]
    assert is_in(here)
    sign_out(here)
    one_clock.shift(60)
    give_password(here, mara)
    type_app(here, shown(app))
    assert not is_in(here)
    type_app(here, shown(newer))
    assert is_in(here)


def test_the_secret_is_sealed_for_its_own_row(app, mara):
    """R-76, AT-124: moved to another row, it opens nothing."""
    row = Totp.objects.get()
    assert app.hex() not in row.sealed_secret
    assert totp.spelled(app) not in repr(row) + str(row) + row.sealed_secret
    other = Totp.begin(person("eli"))
    Totp.objects.filter(pk=other.pk).update(sealed_secret=row.sealed_secret)
    other.refresh_from_db()
    with pytest.raises(Unsealable):
        other.step_of("123456")


# --- Signing in ---


def test_a_code_of_the_app_signs_in(app, here, mara):
    assert give_password(here, mara)["Location"] == VERIFY
    assert type_app(here, shown(app)).status_code == 302
    assert is_in(here)
    assert Login.objects.filter(state="consumed", factor="totp").count() == 1


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_step_to_each_side_is_for_clocks_that_differ(app, here, mara, steps, fits):
    """AT-037 for an app."""
    give_password(here, mara)
    type_app(here, shown(app, steps))
    assert is_in(here) is fits


def test_a_code_works_once_in_whatever_sign_in(app, here, mara):
    """R-19, AT-023: neither again nor an earlier one, and not the one that has set it up."""
    later, now = shown(app, 1), shown(app)
    give_password(here, mara)
    type_app(here, later)
    assert is_in(here)
    other = desk()
    give_password(other, mara)
    for code in (later, now):
        assert "does not fit" in text(type_app(other, code))
    assert login_of(other).state == "pending"


def test_of_two_hands_on_one_code_one_takes_it(app):
    """R-19: the marker is one conditional UPDATE, whatever each of them has read before."""
    one, other = (Totp.objects.get() for _ in range(2))
    code = shown(app)
    assert (one.take(code), other.take(code)) == (True, False)


def test_the_code_of_the_setup_signs_nobody_in(one_clock, here, mara):
    """R-19."""
    give_password(here, mara)
    here.post(f"{PAGE}make/")
    code = shown(secret_at(here))
    here.post(f"{PAGE}prove/", {"code": code})
    sign_out(here)
    give_password(here, mara)
    type_app(here, code)
    assert not is_in(here)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "٠١٢٣٤٥", "1e5000", "+12345", "1" * 9000])
def test_what_has_not_six_digits_is_not_compared_and_costs_nothing(app, here, mara, typed):
    """R-20."""
    give_password(here, mara)
    answer = type_app(here, typed)
    assert answer.status_code == 200
    assert not events("totp.check")
    assert Totp.objects.get().failures == 0


def test_spaces_do_not_matter(app, here, mara):
    give_password(here, mara)
    code = shown(app)
    type_app(here, f" {code[:3]} {code[3:]} ")
    assert is_in(here)


def test_wrong_codes_take_from_the_budget_of_every_factor(app, here, mara):
    """AT-030, AT-025: five, and then not even the right one is compared."""
    give_password(here, mara)
    wrong = f"{(int(shown(app)) + 1) % 10**6:06d}"
    for _ in range(5):
        type_app(here, wrong)
    assert type_app(here, shown(app)).status_code == 429
    assert (Totp.objects.get().failures, login_of(here).state) == (5, "pending")


def test_fifty_wrong_codes_in_a_row_close_it(app, here, mara, monkeypatch):
    """P-23. A right one ends the row; after fifty not even that one is compared."""
    Totp.objects.update(failures=policy.TOTP_LOCKS - 1)
    give_password(here, mara)
    type_app(here, shown(app))
    assert (is_in(here), Totp.objects.get().failures) == (True, 0)
    sign_out(here)
    Totp.objects.update(failures=policy.TOTP_LOCKS)
    stranger = desk()
    give_password(stranger, mara)
    assert "has to be set up again" in text(type_app(stranger, shown(app, 1)))
    assert not is_in(stranger)


def test_whoever_knows_the_password_closes_the_app_to_no_browser_that_is_known(app, here, mara):
    """R-50: it has as many tries again, which makes a hundred at most (P-23)."""
    give_password(here, mara)
    type_app(here, shown(app))
    sign_out(here)
    Totp.objects.update(failures=2 * policy.TOTP_LOCKS - 1)
    give_password(here, mara)
    type_app(here, shown(app, 1))
    assert (is_in(here), Totp.objects.get().failures) == (True, 0)
    sign_out(here)
    Totp.objects.update(failures=2 * policy.TOTP_LOCKS)
    give_password(here, mara)
    assert "has to be set up again" in text(type_app(here, shown(app, 1)))
    assert not is_in(here)


def test_the_password_alone_is_not_enough_any_more(app, here, mara):
    give_password(here, mara)
    finish(here)
    assert not is_in(here)


# --- Beside other factors ---


def test_beside_a_key_it_is_weaker_told_and_changes_nothing(one_clock, mara, pocket, here):
    """R-61, R-63."""
    sign_in(here, mara, pocket)
    secret = set_up(here)
    sign_out(here)
    one_clock.shift(60)
    give_password(here, mara)
    assert chooser(here, "/sign-in/verify/") == (["key", "totp"], "key")
    assert choose(here, "totp")["Location"] == VERIFY
    type_app(here, shown(secret))
    assert is_in(here)
    assert not pocket.challenges()
    assert events("factor.weaker") == [("ok", "")]
    assert here.get("/security/passkeys/").context["options"] == ""
    assert here.post(f"{PAGE}remove/").status_code == 302
    assert Totp.objects.get().state == "active"


def test_it_is_the_strongest_of_who_has_neither_key_nor_passkey(app, here, mara):
    give_password(here, mara)
    type_app(here, shown(app))
    assert add_passkey(here)
    assert here.get(PAGE).context["weaker"] is False


def test_texts_rest_beside_it_and_wake_when_it_ends(eli, here, one_clock):
    """R-28."""
    text_in(here, eli)
    secret = set_up(here)
    assert Phone.objects.get().texts == "rests"
    sign_out(here)
    one_clock.shift(60)
    give_password(here, eli)
    type_app(here, shown(secret))
    assert "strongest way" in text(here.get(f"{PAGE}remove/"))
    here.post(f"{PAGE}remove/")
    assert is_in(here)
    assert (Phone.objects.get().texts, Totp.objects.get().state) == ("on", "ended")
    assert Totp.objects.get().sealed_secret == ""


def test_a_text_beside_it_is_weaker(eli, here, one_clock):
    text_in(here, eli)
    set_up(here)
    switch_texts(here, True)
    sign_out(here)
    one_clock.shift(120)
    give_password(here, eli)
    choose(here, "text")
    type_code(here, code_to(NUMBER))
    assert is_in(here)
    assert events("factor.weaker") == [("ok", "")]
    assert here.post(f"{PAGE}make/")["Location"].startswith("/sign-in/?again=1")


def test_everybody_concerned_hears_of_it_and_can_undo_it_for_a_day(eli, thief, one_clock):
    """R-96, AT-048."""
    set_up(thief)
    link = stop_links(NUMBER)[-1]
    assert "An authenticator app was set up" in text(desk().get(link))
    desk().post(link)
    assert Totp.objects.get().state == "ended"
    assert not is_in(thief)
    assert Phone.objects.get().texts == "on"


def test_disowning_it_in_the_activity_ends_it(app, here, mara, one_clock):
    give_password(here, mara)
    type_app(here, shown(app))
    event = AuditEvent.objects.get(kind="totp.add")
    path = f"/security/activity/{event.name}/not-me/"
    assert "codes of that app" in text(here.get(path))
    here.post(path)
    assert Totp.objects.get().state == "ended"


def test_it_never_opens_the_administration(one_clock, db, here, settings):
    """R-82: its codes can be asked for by a look-alike."""
    settings.PORTAL_DEMO = True
    sol = person("sol", is_staff=True, is_superuser=True)
    give_password(here, sol)
    set_up(here)
    assert here.get("/admin/").status_code == 302
    assert here.get("/admin/", follow=True).request["PATH_INFO"] == "/security/key/"
