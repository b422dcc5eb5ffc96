"""Passkeys beside other factors, and how they end: what rests for them, who hears of it, how it is undone."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import AuditEvent
from tests.factories import desk, give_password, person
from tests.stories.carried import (
    NUMBER,
    carry,
    choose,
    chooser,
    code_to,
    mails,
    stop_links,
    switch_texts,
    text_in,
    type_code,
)
from tests.stories.ways import ask_old, events, is_in, sign_in, sign_out, text
from tests.stories.webauthn import PAGE, VERIFY, add_passkey, answer, by_passkey
from twofactor.models import Passkey, Phone

# --- Beside other factors ---


def test_beside_a_key_it_can_be_chosen_and_the_last_one_comes_first(mara, pocket, here):
    sign_in(here, mara, pocket)
    laptop = add_passkey(here)
    sign_out(here)
    assert give_password(here, mara)["Location"] == "/sign-in/verify/"
    assert chooser(here, "/sign-in/verify/") == (["key", "passkey"], "key")
    assert choose(here, "passkey")["Location"] == VERIFY
    assert chooser(here, VERIFY) == (["key", "passkey"], "passkey")
    question = pocket.challenges()
    assert answer(here, laptop).status_code == 302
    assert is_in(here)
    assert question
    assert not pocket.challenges()
    sign_out(here)
    assert give_password(here, mara)["Location"] == VERIFY
    assert not pocket.challenges()


def test_texts_rest_beside_it_and_wake_when_it_ends(eli, here):
    """R-28: and nobody falls back to the password alone."""
    text_in(here, eli)
    laptop = add_passkey(here)
    assert Phone.objects.get().texts == "rests"
    sign_out(here)
    by_passkey(here, eli, laptop)
    here.post(f"{PAGE}{Passkey.objects.get().pk}/remove/")
    assert Phone.objects.get().texts == "on"
    assert is_in(here)
    sign_out(here)
    assert give_password(here, eli)["Location"] == "/sign-in/verify/code/"


def test_a_text_beside_a_passkey_is_weaker_and_changes_nothing(eli, here):
    """R-61, R-63."""
    text_in(here, eli)
    laptop = add_passkey(here)
    switch_texts(here, True)
    sign_out(here)
    by_passkey(here, eli, laptop)
    sign_out(here)
    give_password(here, eli)
    choose(here, "text")
    type_code(here, code_to())
    assert is_in(here)
    assert here.get(PAGE).context["options"] == ""
    assert here.post(f"{PAGE}{Passkey.objects.get().pk}/remove/").status_code == 302
    assert Passkey.objects.get().state == "active"
    assert events("factor.weaker") == [("ok", "")]


def test_a_passkey_sign_in_counts_like_one_with_the_key(mara, pocket, here):
    """It moves the key to another phone without a second question: there is no relay that it would keep out."""
    sign_in(here, mara, pocket)
    laptop = add_passkey(here)
    sign_out(here)
    # One of today asks the old phone all the same, see test_keys_in_doubt.
    Passkey.objects.update(added_at=timezone.now() - timedelta(days=2))
    by_passkey(here, mara, laptop)
    assert here.get("/security/key/move/").context["way"].name == "proved"
    assert here.get("/security/key/deactivate/").status_code == 200


# --- Ending one, and hearing of it ---


def test_removing_one_takes_a_fresh_sign_in_and_signs_the_others_out(one_clock, laptop, here, mara):
    by_passkey(here, mara, laptop)
    add_passkey(here, label="Second")
    one_clock.shift(301)
    path = f"{PAGE}{Passkey.objects.first().pk}/remove/"
    assert here.post(path)["Location"].startswith("/sign-in/?again=1")
    by_passkey(here, mara, laptop)
    other = desk()
    by_passkey(other, mara, laptop)
    assert "only second way" not in text(here.get(path))
    assert here.post(path).status_code == 302
    assert (is_in(here), is_in(other)) == (True, False)
    assert [each.state for each in Passkey.objects.order_by("pk")] == ["ended", "active"]


def test_the_last_one_may_go_and_the_page_says_what_that_means(laptop, here, mara):
    by_passkey(here, mara, laptop)
    path = f"{PAGE}{Passkey.objects.get().pk}/remove/"
    assert "your only second way" in text(here.get(path))
    here.post(path)
    sign_out(here)
    give_password(here, mara)
    assert is_in(here)


def test_another_persons_passkey_is_not_there(laptop, here):
    """AT-102 for clients: nobody names, renames or removes what is not theirs."""
    give_password(here, person("eli"))
    pk = Passkey.objects.get().pk
    for path in (f"{PAGE}{pk}/remove/", f"{PAGE}{pk}/rename/"):
        assert here.post(path, {"label": "Mine"}).status_code == 404
    assert Passkey.objects.get().name == "Laptop"


def test_it_is_called_what_its_person_calls_it(laptop, here, mara):
    """AT-075: without what could not be read."""
    by_passkey(here, mara, laptop)
    here.post(f"{PAGE}{Passkey.objects.get().pk}/rename/", {"label": "Desk\u202e <b>key</b>\u200b"})
    assert Passkey.objects.get().name == "Desk <b>key</b>"
    assert "Desk &lt;b&gt;key&lt;/b&gt;" in here.get(PAGE).content.decode()


def test_everybody_concerned_hears_of_it_and_can_undo_it_for_a_day(eli, thief, one_clock):
    """R-96, AT-048: a session in wrong hands is enough to add one, so a link takes it away again."""
    add_passkey(thief)
    link = stop_links(NUMBER)[-1]
    page = desk().get(link)
    assert "A passkey was added to your account" in text(page)
    desk().post(link)
    assert Passkey.objects.get().state == "ended"
    assert Phone.objects.get().texts == "on"
    assert not is_in(thief)
    assert "undone already" not in text(desk().get(link))
    eli.refresh_from_db()
    assert eli.password_change_required


def test_the_activity_shows_it_and_disowning_it_ends_it(laptop, here, mara):
    by_passkey(here, mara, laptop)
    add_passkey(here, label="Theirs")
    event = AuditEvent.objects.filter(kind="passkey.add").latest("id")
    path = f"/security/activity/{event.name}/not-me/"
    assert "The passkey that was added then" in text(here.get(path))
    here.post(path)
    assert [each.state for each in Passkey.objects.order_by("pk")] == ["active", "ended"]


def test_what_a_disowned_session_has_added_goes_with_it(mara, pocket, here):
    """P-09: the phone says no to a move that a session asked for, and the passkey of that session ends too."""
    sign_in(here, mara, pocket)
    add_passkey(here)
    ask_old(here)
    question = next(each for each in pocket.challenges() if each["purpose"] == "action")
    pocket.not_me(question)
    assert Passkey.objects.get().state == "ended"
    assert not is_in(here)


def test_recovery_codes_can_be_made_beside_it(laptop, here, mara):
    by_passkey(here, mara, laptop)
    here.post("/security/recovery-codes/make/")
    assert here.get("/security/recovery-codes/").context["codes"]


def test_mails_say_it(handset, here, mara):
    give_password(here, mara)
    add_passkey(here)
    carry()
    assert any("a passkey was added" in each for each in mails())


def test_one_that_is_locked_is_not_counted_among_those_that_sign_in(laptop, here, mara):
    give_password(here, mara)
    answer(here, laptop)
    assert here.get("/security/").context["usable"] == 1
    add_passkey(here, label="Second")
    Passkey.objects.filter(name="Laptop").update(state="locked")
    assert here.get("/security/").context["usable"] == 1
    Passkey.objects.update(state="locked")
    assert here.get("/security/").context["usable"] == 0
    assert "Your passkeys are locked." in text(here.get("/"))
