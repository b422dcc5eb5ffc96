"""FI-21, R-76: secrets change while people sign in. What was sealed is opened, sealed anew, and nobody notices."""

import ast
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from accounts import checking
from accounts.models import User
from applications.models import Action, Application, PhoneSignIn, SigningKey
from tests.factories import PIN, desk, give_password, person, phone
from tests.known import b64
from tests.pocket import Problem
from tests.stories.carried import NUMBER, OTHER, by_key, by_text, code_to, given_number
from tests.stories.ways import approve, code_at, events, is_in, question_at, respond, sign_in, sign_out
from twofactor import rotating
from twofactor.models import Phone, PortalKey, Receipt, Subscription, Totp
from twofactor.protocol.sealing import Keyring

OLD, NEW = f"test:{b64(bytes(range(32)))}", f"new:{b64(b'n' * 32)}"


def turn(settings, *keys):
    """Another list of field keys, the current one first."""
    settings.PORTAL_KEYRING = Keyring.parse(",".join(keys))


def rotate():
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue()


def values():
    return [str(value) for each in rotating.COLUMNS for value in each.model.objects.values_list(each.name, flat=True)]


def for_applications(user):
    """A key that signs for them, a sign-in that one asks for, and the receipt of an action."""
    SigningKey.objects.current()
    asks = {"application": Application.objects.create(name="Bank"), "expires": timezone.now()}
    PhoneSignIn.begin(asks["application"], user, scope="openid", life=timedelta(minutes=5), token="token")
    action = Action.objects.create(**asks, title="Pay", facts=[], lang="en", asked_for="")
    Action.objects.update(receipt=portal.PORTAL_KEYRING.seal(b"receipt", "action.receipt", action.pk))


# --- The field keys ---


@pytest.fixture
def kept(woken, mara, pocket, here):
    """Something in every column that is sealed."""
    given_number(mara)
    Totp.begin(mara)
    sign_in(desk(), mara, pocket)
    for_applications(mara)
    assert all(value.startswith("v1.test.") for value in values())
    assert len(values()) == len(rotating.COLUMNS)


def test_everything_is_sealed_under_the_new_key_and_opens(kept, settings, mara, pocket, here):
    turn(settings, NEW, OLD)
    said = rotate()
    assert all(value.startswith("v1.new.") for value in values())
    assert "all others may leave PORTAL_FIELD_KEYS" in said
    turn(settings, NEW)
    assert Phone.objects.get().number == NUMBER
    assert Subscription.objects.get().where
    assert Totp.objects.get().spelled
    sign_in(here, mara, pocket)


def test_it_may_be_run_again_and_then_does_nothing(kept, settings):
    turn(settings, NEW, OLD)
    rotate()
    before = values()
    assert rotate().count(": 0 sealed anew.") == len(rotating.COLUMNS)
    assert values() == before


def test_it_goes_on_where_it_was_stopped(settings, monkeypatch, mara, pocket):
    """One step at a time, each for itself."""
    for number in range(5):
        given_number(person(f"p{number}"), f"+8529123456{number}")
    monkeypatch.setattr(rotating, "_AT_ONCE", 2)
    turn(settings, NEW, OLD)
    ring, sealed = settings.PORTAL_KEYRING, []

    class Dying:
        prefix, open = ring.prefix, ring.open

        def seal(self, *given):
            if len(sealed) == 3:
                raise KeyboardInterrupt
            sealed.append(given)
            return ring.seal(*given)

    settings.PORTAL_KEYRING = Dying()
    with pytest.raises(KeyboardInterrupt):
        rotate()
    settings.PORTAL_KEYRING = ring
    assert rotating.earlier(rotating.COLUMNS[1]).count() == 3
    assert "Phone.sealed_number: 3 sealed anew." in rotate()


def test_what_changes_meanwhile_stays_as_it_was_changed(settings, monkeypatch, mara, pocket):
    """A PIN that is changed between the reading and the writing is the one that counts."""
    turn(settings, NEW, OLD)
    ring, key = settings.PORTAL_KEYRING, PortalKey.objects.get()

    class Slow:
        prefix, seal = ring.prefix, ring.seal

        def open(self, *given):
            settings.PORTAL_KEYRING = ring
            assert PortalKey.objects.get().take_response_key(b"m" * 32)
            return ring.open(*given)

    settings.PORTAL_KEYRING = Slow()
    assert rotating.reseal(rotating.COLUMNS[0]).done == 0
    key.refresh_from_db()
    assert key.holds(b"m" * 32)


def test_a_sign_in_begun_before_is_finished_after(settings, mara, pocket, here):
    """FI-21: by hand, which needs the sealed key; and the phone notices nothing."""
    give_password(here, mara)
    turn(settings, NEW, OLD)
    rotate()
    turn(settings, NEW)
    respond(here, pocket.respond(question_at(here), PIN))
    assert is_in(here)


def test_a_key_that_is_gone_is_missed_and_nothing_is_dropped(kept, settings):
    turn(settings, NEW)
    with pytest.raises(CommandError, match="Take no key off the list"):
        rotate()
    assert all(value.startswith("v1.test.") for value in values())
    assert events("portal.rotate") == [("refused", "")]


def test_a_value_of_an_old_process_is_told_of(kept, settings, monkeypatch):
    turn(settings, NEW, OLD)
    monkeypatch.setattr(rotating, "reseal", lambda column: rotating.Resealed())
    with pytest.raises(CommandError, match="run this once more"):
        rotate()


def test_ids_that_differ_in_their_case_are_two_keys(settings, mara):
    given_number(mara)
    turn(settings, NEW.replace("new", "TEST"), OLD)
    assert rotating.earlier(rotating.COLUMNS[1]).count() == 1


def test_no_sealed_column_is_forgotten():
    """Whatever the code seals by the ring, the command seals anew."""
    purposes = set()
    rooms = (path for room in ("twofactor", "applications") for path in (Path(portal.BASE_DIR) / room).rglob("*.py"))
    for path in rooms:
        tree = ast.parse(path.read_text())
        named = {ast.unparse(each.targets[0]): each.value for each in tree.body if isinstance(each, ast.Assign)}
        for node in ast.walk(tree):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name.endswith("PORTAL_KEYRING.seal"):
                purpose = node.args[1]
                purposes.add(named.get(ast.unparse(purpose), purpose).value)
    assert purposes == {column.purpose for column in rotating.COLUMNS}


# --- AT-124: what was moved, altered, or sealed under a key that is gone ---


def swapped(column):
    """The value of every row in the place of the other's."""
    first, second = column.model.objects.order_by("pk")
    for row, value in ((first, getattr(second, column.name)), (second, getattr(first, column.name))):
        column.model.objects.filter(pk=row.pk).update(**{column.name: value})


def flipped():
    key = PortalKey.objects.get()
    sealed = key.sealed_response_key
    other = "A" if sealed[-5] != "A" else "B"
    PortalKey.objects.update(sealed_response_key=f"{sealed[:-5]}{other}{sealed[-4:]}")


@pytest.mark.parametrize("how", ["moved", "flipped", "gone"])
def test_a_response_key_that_is_not_this_rows_signs_nobody_in(how, settings, mara, pocket, here, caplog):
    """AT-124: another row's, one bit changed, a key that has left the ring: refused, and staff hear of it."""
    if how == "moved":
        other = phone()
        give_password(desk(), person("eli"))
        browser = desk()
        give_password(browser, User.objects.get(username="eli"))
        other.claim(code_at(browser))
        other.activate(PIN)
        swapped(rotating.COLUMNS[0])
    elif how == "flipped":
        flipped()
    else:
        turn(settings, NEW)
    here.raise_request_exception = False
    give_password(here, mara)
    response = pocket.respond(question_at(here), PIN)
    assert respond(here, response).status_code == 500
    with pytest.raises(Problem):
        approve(here, pocket)
    assert not is_in(here)
    assert PortalKey.objects.get(user=mara).pin_failures >= 1
    assert ("refused", "alert") in events("secret.unreadable")
    assert [each for each in caplog.records if "ALERT secret.unreadable" in each.getMessage()]


def test_a_number_that_is_not_this_rows_gets_no_code(handset, mara):
    """AT-124: nobody reads another person's code by moving a number in the database."""
    given_number(mara)
    given_number(person("eli"), OTHER)
    swapped(rotating.COLUMNS[1])
    browser = desk()
    give_password(browser, mara)
    assert code_to(NUMBER) == code_to(OTHER) == ""
    assert ("refused", "alert") in events("secret.unreadable")


# --- What phones have signed ---


def test_a_receipt_is_sealed_and_holds_for_the_record_over_a_change(settings, mara, pocket, here):
    """R-76: a statement holds a response; whoever had a copied phone and the rows could try PINs against it."""
    sign_in(here, mara, pocket)
    receipt = Receipt.objects.get()
    assert receipt.statement.startswith("v1.test.")
    assert receipt.signed.count(".") == 2
    turn(settings, NEW, OLD)
    rotate()
    receipt.refresh_from_db()
    assert receipt.statement.startswith("v1.new.")
    assert receipt.is_intact


def test_a_receipt_of_before_the_sealing_is_sealed(settings, mara, pocket, here):
    sign_in(here, mara, pocket)
    receipt = Receipt.objects.get()
    Receipt.objects.update(statement=receipt.signed)
    receipt.refresh_from_db()
    assert receipt.is_intact
    assert "Receipt.statement: 1 sealed anew." in rotate()
    receipt.refresh_from_db()
    assert receipt.statement.startswith("v1.test.")
    assert receipt.is_intact


def test_a_session_that_a_text_opened_sees_no_response(eli, both, here):
    """Who has stolen phone and SIM card finds nothing to try PINs against."""
    by_key(here, eli, both)
    event = Receipt.objects.latest("pk").event.name
    page, file = f"/security/activity/{event}/", f"/security/activity/{event}/receipt/"
    assert here.get(file).status_code == 200
    sign_out(here)
    thief = desk()
    by_text(thief, eli)
    assert thief.get(file).status_code == 404
    shown = thief.get(page).content.decode()
    assert "statement" not in shown
    assert "strongest way" in shown


def test_a_receipt_that_does_not_open_is_told_to_be_lost(settings, mara, pocket, here):
    sign_in(here, mara, pocket)
    event = Receipt.objects.get().event.name
    Receipt.objects.update(statement=F("challenge"))
    assert "Its receipt is gone" in here.get(f"/security/activity/{event}/").content.decode()
    assert here.get(f"/security/activity/{event}/receipt/").status_code == 404
    assert [finding.what for finding in checking.check().findings if finding.what == "receipt"] == ["receipt"]
