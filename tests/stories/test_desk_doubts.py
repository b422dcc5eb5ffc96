"""The support desk says what proves little, and lifts nothing that a client refused behind their back."""

from accounts.models import User
from tests.factories import PIN, desk, give_password, person, phone
from tests.stories.carried import carry, given_number, mails
from tests.stories.desks import DAY, did, officer, press, root, seen, staff
from tests.stories.recovering import recovered, sheet_of
from tests.stories.sealing import grown
from tests.stories.ways import code_at, events, login_of, sign_in, sign_out
from twofactor.models import Message, Passcode

LITTLE = "Proves little"
TODAY = "Activated today"


def refused(user, pocket):
    """Somebody with the password, refused on the phone; gives their browser."""
    thief = desk()
    give_password(thief, user)
    pocket.not_me(pocket.challenges()[0])
    assert give_password(thief, user).status_code == 403
    return thief


def test_the_page_says_loudly_that_a_key_is_of_today(mara, pocket):
    sol = staff()
    assert TODAY in seen(sol, mara)
    grown(mara)
    assert TODAY not in seen(sol, mara)


def test_a_check_of_the_caller_by_a_phone_of_today_is_shown_to_prove_little(mara, pocket, known, one_clock):
    """Whoever has moved the key a minute ago sees the words as well."""
    sign_in(known, mara, pocket)
    codes = sheet_of(known)
    sign_out(known)
    one_clock.shift(DAY + 1)
    sol = staff()
    press(sol, mara, "check")
    assert LITTLE not in seen(sol, mara)
    thief, another = desk(), phone()
    recovered(thief, mara, codes[1])
    thief.post("/security/key/move/")
    another.claim(code_at(thief))
    another.activate(PIN, label="Another", platform="android")
    assert did(press(sol, mara, "check"), mara)
    (asked,) = [each for each in another.challenges() if each["purpose"] == "action"]
    another.approve(asked, PIN)
    shown = seen(sol, mara)
    assert "Confirmed on the phone" in shown
    assert LITTLE in shown


def test_support_alone_lifts_no_refusal_while_a_new_password_is_due(handset, mara, pocket):
    """Whoever was refused may still know the old one."""
    sol, ida = staff(), officer()
    thief = refused(mara, pocket)
    assert "only a security officer" in seen(sol, mara)
    assert press(sol, mara, "lift").status_code == 403
    assert give_password(thief, mara).status_code == 403
    assert did(press(ida, mara, "lift"), mara)
    assert give_password(thief, mara).status_code == 302


def test_lifting_refusals_is_told_to_the_client(handset, mara, pocket):
    ida = officer()
    refused(mara, pocket)
    carry()
    before = Message.objects.filter(key__user=mara).count()
    assert did(press(ida, mara, "lift"), mara)
    carry()
    assert "signed in to again from where you had refused it" in mails(mara.email)[-1]
    assert Message.objects.filter(key__user=mara).count() == before + 1
    assert events("refusal.lift") == [("ok", "")]


def test_an_officer_who_was_locked_is_unlocked_by_a_superuser_alone(mara, pocket):
    """Who may not serve them while they work may not while they are locked."""
    officer("ivo")
    ivo = User.objects.get(username="ivo")
    ola, chief = officer("ola"), root()
    assert did(press(chief, ivo, "lock"), ivo)
    assert press(ola, ivo, "unlock").status_code == 403
    ivo.refresh_from_db()
    assert not ivo.is_active
    assert did(press(chief, ivo, "unlock"), ivo)


def test_nobody_serves_the_client_that_they_are_themselves(handset, here):
    """R-84: one e-mail address is one person, for what is done at once, too."""
    ida, sol = officer(), staff()
    home = person("idahome", email=" IDA@client.example")
    given_number(home)
    give_password(here, home)
    for deed, row in (("passcode", login_of(here).pk), ("lock", ""), ("end-sessions", "")):
        assert press(ida, home, deed, row).status_code == 403, deed
    assert not Passcode.objects.exists()
    assert did(press(sol, home, "passcode", login_of(here).pk), home)


def test_an_account_without_an_address_is_nobodys_second_person(mara, pocket):
    """AT-103. It could be anybody's; the page says what helps."""
    ida, second = officer(), officer("ida2", email="")
    assert did(press(ida, mara, "propose-key"), mara)
    (proposal,) = mara.proposals.all()
    assert "only if each has an e-mail address" in seen(second, mara)
    assert press(second, mara, "approve", proposal.pk).status_code == 422
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_a_client_without_an_address_is_served_as_any_other(mara, pocket):
    mara.email = ""
    mara.save(update_fields=["email"])
    assert did(press(staff(email=""), mara, "lock"), mara)


def test_staff_hear_at_once_that_somebody_calls_in_a_clients_name(mara, pocket):
    """N9: "That was not me" about a call ends no sign-in, and is not written down among the others only."""
    press(staff(), mara, "check")
    pocket.not_me(pocket.challenge())
    assert events("caller.disowned") == [("refused", "alert")]
