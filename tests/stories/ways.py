"""Steps that many stories take, and looks at what came of them."""

import re
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Login, User
from applications import policy
from tests.factories import PIN, finish, give_password, phone
from tests.pocket import Pocket

WRONG_PIN = "0000"
# What a reader of pages may leave behind: who was here, and what they did; and the portal's own first key, which is
# made for the first reader of the list.
RECORDS = {"django_session", "accounts_auditevent", "applications_signingkey", "django_migrations", "sqlite_sequence"}
# Addresses for programs count who reads them how often. Nothing that a person can use up is among them.
COUNTED = tuple(each.name for each in (*policy.ARRIVALS, *policy.STRANGERS))


# --- At the desk ---


def sign_in(browser: Client, user: User, pocket: Pocket) -> None:
    """The whole road with a phone: password, approval (with the number where it is asked for), claim."""
    give_password(browser, user)
    approve(browser, pocket)
    finish(browser)
    assert is_in(browser)


def approve(browser: Client, pocket: Pocket, pin: str = PIN) -> dict[str, Any]:
    """Approve the newest sign-in on the phone, reading the number off the desk's page where one is shown."""
    challenge = pocket.challenges()[0]
    return pocket.approve(challenge, pin, number=number_at(browser) or None)


def sign_out(browser: Client) -> Any:
    return browser.post("/sign-out/")


def respond(browser: Client, response: str) -> Any:
    """Type a response at the desk."""
    return browser.post("/sign-in/verify/manual/", {"response": response})


def send_again(browser: Client, then: str = "verify") -> Any:
    return browser.post("/sign-in/verify/again/", {"then": then})


def new_code(browser: Client) -> Any:
    """ "New code": beside a key that is active this only leads to the page about moving."""
    return browser.post("/security/key/new-code/")


def ask_old(browser: Client) -> Any:
    """ "Ask the old phone", on the page about moving to a new one."""
    return browser.post("/security/key/move/")


def move_code(browser: Client, old: Pocket, pin: str = PIN) -> str:
    """The code for a new phone, with the old one's approval."""
    ask_old(browser)
    (question,) = [each for each in old.challenges() if each["purpose"] == "action"]
    old.approve(question, pin)
    browser.post("/security/key/move/")
    return code_at(browser)


def activated(browser: Client, user: User, pocket: Pocket | None = None, pin: str = PIN) -> Pocket:
    """Sign in at this browser with the password, and activate the code it shows on the phone."""
    give_password(browser, user)
    if user.is_staff:
        type_console_code(browser, user)
    pocket = pocket or phone()
    pocket.claim(code_at(browser))
    pocket.activate(pin, label=f"{user.name}'s Pixel", platform="android")
    return pocket


def type_console_code(browser: Client, user: User) -> Any:
    """Let the console print the code that staff need for their first key, and type it."""
    said = StringIO()
    call_command("enrolment_code", user.username, stdout=said)
    return browser.post("/security/key/console/", {"code": said.getvalue().split()[0]})


# --- What stands on the pages ---


def code_at(browser: Client) -> str:
    """The activation code on the page, or nothing when there is none."""
    page = browser.get("/security/key/").content.decode()
    found = set(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", page))
    assert len(found) <= 1
    return "".join(found)


def number_at(browser: Client) -> str:
    """The number to enter on the phone, or nothing when the page shows none."""
    return _digits(browser.get("/sign-in/verify/").content.decode(), "number-label")


def question_at(browser: Client) -> str:
    """The challenge code to answer by hand, or nothing when there is none."""
    return _digits(browser.get("/sign-in/verify/manual/").content.decode(), "challenge-label")


def _digits(page: str, label: str) -> str:
    found = re.search(rf'aria-labelledby="{label}"[^>]*>\s*(\d{{3}}) (\d{{3}})\s*<', page)
    return "".join(found.groups()) if found else ""


def state(browser: Client) -> str:
    """How the sign-in of this browser stands."""
    return browser.get("/sign-in/status/").json()["state"]


def code_state(browser: Client) -> str:
    """How the activation that this browser shows stands."""
    return browser.get("/security/key/status/").json()["state"]


def is_in(browser: Client) -> bool:
    """Whether this browser is signed in. For a person with a key that means: verified by it."""
    return browser.get("/").status_code == 200


def text(response: Any) -> str:
    """A page as words, its tags gone."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Rows ---


def login_of(browser: Client) -> Login:
    """The row of the sign-in in progress of this browser."""
    return Login.objects.get(pk=browser.session["login"])


def events(kind: str) -> list[tuple[str, str]]:
    """What the record says of this kind of event, oldest first: outcome and reason."""
    return list(AuditEvent.objects.filter(kind=kind).order_by("id").values_list("outcome", "reason"))


def dump(without: set[str] = RECORDS) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the database holds it."""
    tables = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in without:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                tables[table] = sorted(cursor.fetchall(), key=repr)
    counted = tables.get("accounts_tally", [])
    counted[:] = [row for row in counted if not set(row).intersection(COUNTED)]
    return tables
