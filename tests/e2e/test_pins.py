"""Another PIN on the phone: for all its users, with a lost answer, with biometrics; and a PIN that is forgotten."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.locks import KEPT, bring
from tests.e2e.people import at_a_desk
from tests.e2e.screens import Desk
from tests.factories import PIN, person
from twofactor.models import Challenge, PortalKey

NEW = "q7!Z"
CHANGES = re.compile(r"/keys/[^/]+/pin$")


@pytest.fixture
def held(mara, phone):
    """Mara with her key on the phone."""
    with at_a_desk(mara) as code:
        bring(phone, code)
        phone.button("Done").click()
    return mara


@pytest.fixture
def shared(held, phone, contexts):
    """Eli's key on the same phone; gives Eli's desk."""
    person("eli")
    elis = Desk(contexts().new_page())
    elis.give_password("eli")
    phone.button("Add user").click()
    phone.type_code(elis.activation_code())
    phone.give_pin("Eli Wong")
    elis.sign_out()
    return elis


def fill(phone, old=PIN, new=NEW, again=NEW):
    phone.button("Settings").click()
    phone.page.get_by_role("button", name=re.compile("^Change PIN")).click()
    phone.field("Present PIN").fill(old)
    phone.field("New PIN").fill(new)
    phone.field("Repeat PIN").fill(again)


def change(phone, **pins):
    fill(phone, **pins)
    phone.button("Change PIN").click()


def expect_changed(phone):
    expect(phone.page.get_by_role("heading", name="Your PIN is changed")).to_be_visible()


def sign_in(desk, phone, username="mara", pin=NEW):
    desk.give_password(username)
    phone.approve(number=desk.number(), pin=pin)
    desk.expect_signed_in()


def test_after_a_change_the_new_pin_signs_in(held, desk, phone):
    change(phone)
    expect_changed(phone)
    phone.button("Done").click()
    sign_in(desk, phone)


def test_it_changes_for_all_users_of_the_phone(shared, desk, phone):
    change(phone)
    expect_changed(phone)
    phone.button("Done").click()
    sign_in(shared, phone, "eli")
    phone.expect_idle()
    phone.button("Done").click()
    sign_in(desk, phone)


@pytest.mark.parametrize(
    ("pins", "field", "words"),
    [
        ({"old": "12"}, "Present PIN", "Your PIN has 4 to 6 characters"),
        ({"new": "1234", "again": "1234"}, "New PIN", "Rows such as 1234"),
        ({"new": "mara", "again": "mara"}, "New PIN", "taken from the account's name"),
        ({"new": PIN, "again": PIN}, "New PIN", "the PIN that you have already"),
        ({"new": "1q2w", "again": "1q2w"}, "New PIN", "one of the PINs that most people choose"),
        ({"again": "q7!z"}, "Repeat PIN", "The two are not the same"),
    ],
    ids=["short", "run", "name", "same", "common", "differs"],
)
def test_what_is_no_good_pin_is_refused_before_anything_is_sent(held, phone, pins, field, words):
    """AT-067, P-32."""
    sent = []
    phone.page.on("request", lambda request: CHANGES.search(request.url) and sent.append(request))
    change(phone, **pins)
    phone.expect_wrong(field, words)
    assert sent == []


def test_a_wrong_present_pin_changes_nothing_and_counts(held, desk, phone):
    change(phone, old="9z9z")
    phone.expect_wrong("Present PIN", "You have 2 more tries")
    expect(phone.field("New PIN")).to_have_value(NEW)
    assert PortalKey.objects.get().pin_failures == 1
    phone.field("Present PIN").fill(PIN)
    phone.button("Change PIN").click()
    expect_changed(phone)


def test_without_a_network_it_says_so_and_loses_nothing(held, phone):
    fill(phone)
    phone.lose_network()
    phone.button("Change PIN").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("nothing is changed; what you typed is kept")
    phone.find_network()
    phone.button("Change PIN").click()
    expect_changed(phone)


@pytest.mark.parametrize("arrives", [True, False], ids=["arrived", "never-arrived"])
@pytest.mark.parametrize("late", [False, True], ids=["at-once", "too-late"])
def test_a_lost_answer_is_cleared_up_by_trying_again(held, desk, phone, arrives, late):
    """The second of the two messages is answered by nobody, whether the portal has got it or not."""
    steps = []

    def lose(route):
        steps.append(route)
        if len(steps) != 2:
            route.fallback()
            return
        if arrives:
            route.fetch()
        route.abort()

    phone.page.route(CHANGES, lose)
    before = PortalKey.objects.get().sealed_response_key
    change(phone)
    expect(phone.page.get_by_role("alert")).to_contain_text("not known yet whether the PIN is changed")
    expect(phone.field("New PIN")).to_be_disabled()
    assert (PortalKey.objects.get().sealed_response_key != before) is arrives
    if late:
        Challenge.objects.filter(purpose="pin").update(expires=timezone.now() - timedelta(seconds=1))
    phone.button("Try again").click()
    expect_changed(phone)
    assert PortalKey.objects.get().pin_failures == 0
    phone.button("Done").click()
    sign_in(desk, phone)


@pytest.mark.long
def test_a_question_that_waits_is_answered_with_the_new_pin(held, desk, phone):
    desk.give_password("mara")
    number = desk.number()
    phone.expect_asked()
    change(phone)
    expect_changed(phone)
    phone.button("Done").click()
    phone.approve(number=number, pin=NEW)
    desk.expect_signed_in()


# --- With biometrics ---


def test_after_a_change_biometrics_are_turned_on_again_for_the_new_pin(enrolled, desk, phone):
    change(phone)
    expect_changed(phone)
    assert phone.page.evaluate(KEPT) is None
    phone.button("Turn on biometrics").click()
    expect(phone.page.get_by_role("heading", name="Nothing to answer")).to_be_visible()
    desk.give_password("mara")
    phone.field("Number shown on the sign-in page").fill(desk.number())
    phone.button("Use biometrics").click()
    desk.expect_signed_in()


@pytest.mark.long
def test_or_they_stay_off(enrolled, desk, phone):
    change(phone)
    phone.button("Not now").click()
    assert phone.page.evaluate(KEPT) is None
    sign_in(desk, phone)


@pytest.mark.long
def test_a_change_that_is_refused_leaves_them_on(enrolled, phone):
    change(phone, old="9z9z")
    phone.expect_wrong("Present PIN", "You have 2 more tries")
    assert phone.page.evaluate(KEPT)


def test_whoever_has_forgotten_the_pin_and_still_has_biometrics_chooses_a_new_one(enrolled, desk, phone):
    phone.button("Authenticate").click()
    phone.button("Use the PIN instead").click()
    phone.button("Forgot your PIN?").click()
    phone.button("Change PIN").click()
    phone.field("New PIN").fill(NEW)
    phone.field("Repeat PIN").fill(NEW)
    phone.button("Use biometrics").click()
    expect_changed(phone)
    phone.button("Not now").click()
    sign_in(desk, phone)


# --- Forgotten and locked ---


@pytest.mark.long
def test_a_forgotten_pin_leads_to_what_helps_and_back(held, desk, phone):
    desk.give_password("mara")
    number = desk.number()
    phone.field("Number shown on the sign-in page").fill(number)
    phone.button("Forgot your PIN?").click()
    expect(phone.page.get_by_role("heading", name="Nobody can look up your PIN")).to_be_visible()
    expect(phone.button("Change PIN")).to_be_hidden()
    phone.button("Back").click()
    expect(phone.field("Number shown on the sign-in page")).to_have_value(number)
    phone.button("Forgot your PIN?").click()
    expect(phone.page.get_by_role("heading", name="Nobody can look up your PIN")).to_be_visible()
    phone.page.go_back()
    expect(phone.field("Number shown on the sign-in page")).to_have_value(number)


@pytest.mark.long
def test_users_who_share_the_pin_are_told_so(shared, phone):
    phone.button("Authenticate").click()
    phone.button("Forgot your PIN?").click()
    expect(phone.say("All 2 users of this phone share the PIN")).to_be_visible()


def test_a_locked_key_says_what_to_do_now(held, desk, phone):
    PortalKey.objects.update(pin_failures=9)
    desk.give_password("mara")
    phone.approve(number=desk.number(), pin="9z9z")
    expect(phone.page.get_by_role("heading", name="This key is locked")).to_be_visible()
    more = phone.page.get_by_role("link", name="When it is locked")
    expect(more).to_have_attribute("href", "/help/pin/#locked")
    phone.button("What to do now").click()
    expect(phone.page.get_by_role("heading", name="Nobody can look up your PIN")).to_be_visible()
    expect(phone.button("Forgot your PIN?")).to_have_count(0)


@pytest.mark.long
def test_ten_wrong_ones_in_changing_lock_the_key_too(held, phone):
    PortalKey.objects.update(pin_failures=9)
    change(phone, old="9z9z")
    expect(phone.page.get_by_role("heading", name="This key is locked")).to_be_visible()


# --- Somebody else's hands ---

# Every field of every row of the vault, and of the keys in it whether a script could read them out.
VAULT = """() => new Promise((resolve) => {
    const opening = indexedDB.open("portal-key");
    opening.onsuccess = async () => {
        const stores = opening.result.transaction(["install", "keys", "notes"]);
        const rows = async (name) => new Promise((done) => {
            const asked = stores.objectStore(name).getAll();
            asked.onsuccess = () => done(asked.result);
        });
        const names = (row) => Object.entries(row).map(([name, value]) => {
            const held = value?.privateKey ?? value;
            return held instanceof CryptoKey ? `${name}:${held.extractable}` : name;
        });
        const found = {};
        for (const name of ["install", "keys", "notes"]) found[name] = (await rows(name)).flatMap(names).sort();
        opening.result.close();
        resolve(found);
    };
})"""


def test_a_copy_of_the_phone_tells_nobody_whether_a_pin_is_right(held, desk, phone):
    """AT-066: nothing it keeps comes of the PIN, any PIN gives a response, and only the portal counts and tells."""
    kept = phone.page.evaluate(VAULT)
    assert kept["install"] == ["id", "salt", "secret:false"]
    assert {name for name in kept["keys"] if ":" in name} == {"sealing:false", "signing:false"}
    assert not [name for row in kept.values() for name in row if re.search("pin|response|bits|digest|hash", name)]
    phone.lose_network()
    wrong = phone.respond("123456", "9z9z")
    assert re.fullmatch(r"\d{4}\s\d{4}", wrong)
    phone.find_network()
    assert PortalKey.objects.get().pin_failures == 0
    desk.give_password("mara")
    phone.page.reload()
    desk.give_response(phone.respond(desk.go_manual(), "9z9z"))
    assert PortalKey.objects.get().desk_failures == 1
