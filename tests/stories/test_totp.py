"""Codes of an authenticator app: set up by one code, each used once, counted, weaker than a key or a passkey."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.conf import settings

from accounts.models import AuditEvent
from tests.factories import desk, give_password, person
from tests.stories.app_codes import PAGE, VERIFY, secret_at, set_up, shown, type_app
from tests.stories.carried import NUMBER, choose, chooser, code_to, stop_links, switch_texts, text_in, type_code
from tests.stories.ways import events, is_in, sign_in, sign_out, text
from tests.stories.webauthn import add_passkey
from twofactor.models import Phone, Totp
from twofactor.protocol import totp
from twofactor.protocol.errors import Unsealable

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


def test_beside_a_passkey_nobody_is_sent_for_a_phone(one_clock, mara, here):
    give_password(here, mara)
    add_passkey(here)
    secret = set_up(here)
    sign_out(here)
    one_clock.shift(60)
    give_password(here, mara)
    choose(here, "totp")
    type_app(here, shown(secret))
    assert "New codes can be made after a sign-in with the strongest way" in text(here.get("/security/recovery-codes/"))
    event = AuditEvent.objects.get(kind="passkey.add")
    assert "Do you have your passkey or your app at hand?" in text(here.get(f"/security/activity/{event.name}/not-me/"))


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
