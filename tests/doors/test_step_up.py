"""AT-100, AT-102: whatever staff change needs a sign-in by key within 15 minutes, and a role that allows it."""

import pytest

from accounts.models import AuditEvent, Login, User
from tests.factories import give_password, person
from tests.stories.carried import given_number, text_in
from tests.stories.desks import did, officer, page, press, proposed, root, seen, staff
from tests.stories.ways import RECORDS, activated, dump, login_of

QUARTER = 15 * 60
# That a session is used stands in the list of sessions.
KEPT = RECORDS | {"accounts_opensession"}
AGAIN = "/sign-in/?again=1&next="


@pytest.fixture
def sol(db):
    return staff()


@pytest.fixture
def stale(one_clock, sol, pocket):
    """Sol's session a quarter of an hour later, in use all the time. A session that lies unused ends then."""
    for _ in range(3):
        one_clock.shift(QUARTER / 3)
        assert sol.get("/security/key/").status_code == 200
    one_clock.shift(1)
    return sol


# --- AT-100 ---


def test_what_is_older_than_a_quarter_of_an_hour_changes_nothing(stale, mara):
    """The desk, the stock forms and the stock actions alike: each of them asks for a sign-in that leads back."""
    before = dump(KEPT)
    contact = {"country": "HK", "service": "A", "service_zh": "", "how": "B", "how_zh": ""}
    posts = {
        page(mara, "lock"): {"reason": "Ticket"},
        "/admin/twofactor/filtercontact/add/": contact,
        "/admin/twofactor/closedprefix/": {"action": "reopen", "_selected_action": "1"},
        f"/admin/accounts/user/{mara.pk}/change/": {"username": "thief"},
    }
    for path, sent in posts.items():
        answer = stale.post(path, sent)
        assert (answer.status_code, answer["Location"]) == (302, AGAIN + path.replace("/", "%2F")), path
    assert dump(KEPT) == before


def test_what_is_fresh_goes_through(one_clock, sol, mara, pocket):
    one_clock.shift(QUARTER - 60)
    assert did(press(sol, mara, "lock"), mara)


def test_reading_goes_on(stale, mara):
    assert "Mara Lee" in seen(stale, mara)
    assert stale.get("/admin/accounts/user/").status_code == 200


def test_nothing_is_typed_that_would_be_lost(stale, mara):
    """The page with the field for the reason asks for the sign-in before it is filled in, and not after."""
    assert stale.get(page(mara, "lock"))["Location"].startswith(AGAIN)


def test_staff_who_signed_in_by_text_open_nothing(handset, mara, pocket, here):
    """R-61, R-82: a code by text is no step-up, however fresh."""
    dee = person("dee", is_staff=True, is_superuser=True)
    given_number(dee)
    text_in(here, dee)
    before = dump()
    for path in ("/admin/", page(mara), page(mara, "lock")):
        assert here.get(path).status_code == 302
        assert here.post(path, {"reason": "Ticket"}).status_code == 302
    assert dump() == before


def test_the_way_out_is_open_always(stale, mara):
    """And ends what is open elsewhere on that session."""
    assert stale.post("/admin/logout/")["Location"] == "/sign-in/"
    assert stale.get("/admin/")["Location"] == "/sign-in/?next=/admin/"
    assert not User.objects.get(username="sol").open_sessions.exists()


# --- Who may do what, and for whom ---


OFFICERS_ONLY = ("unlock", "revoke")


@pytest.mark.parametrize("deed", OFFICERS_ONLY)
def test_some_things_take_an_officer(sol, mara, pocket, deed):
    before = dump()
    assert press(sol, mara, deed).status_code == 403
    assert sol.get(page(mara, deed)).status_code == 403
    assert dump() == before


def test_clients_and_staff_without_a_role_see_no_desk(mara, pocket, here):
    dee = staff("dee", "")
    for path in (page(mara), page(mara, "lock")):
        assert dee.get(path).status_code == 403
    assert dee.post(page(mara, "lock"), {"reason": "Ticket"}).status_code == 403
    activated(here, person("eli"))
    assert here.get(page(mara), follow=True).status_code == 403


def test_nobody_serves_themselves(sol):
    own = User.objects.get(username="sol")
    assert "do nothing for it" in seen(sol, own)
    for deed in ("test", "lock", "switch-off", "propose-key", "password", "check"):
        assert press(sol, own, deed).status_code == 403, deed
    chief = root()
    assert press(chief, User.objects.get(username="root"), "end-sessions").status_code == 403


@pytest.mark.parametrize(
    ("who", "whom", "allowed"),
    [
        ("support", "support", False),
        ("support", "officer", False),
        ("support", "root", False),
        ("officer", "support", True),
        ("officer", "officer", False),
        ("officer", "root", False),
        ("root", "officer", True),
        ("root", "root", True),
    ],
)
def test_staff_serve_only_those_below_them(db, who, whom, allowed):
    """An account of support in wrong hands carries off no officer's, and an officer's no superuser's."""
    made = {
        "support": lambda: staff("ben"),
        "officer": lambda: officer("ivo"),
        "root": lambda: staff("rex", "", is_superuser=True),
    }
    made[whom]()
    target = User.objects.exclude(is_staff=False).latest("pk")
    browser = {"support": staff, "officer": officer, "root": root}[who]()
    answer = press(browser, target, "end-sessions")
    assert (did(answer, target), answer.status_code) == ((True, 302) if allowed else (False, 403))


def test_who_is_no_longer_staff_does_nothing(sol, mara, pocket):
    User.objects.filter(username="sol").update(is_staff=False)
    before = dump()
    press(sol, mara, "lock")
    assert dump() == before


# --- AT-102 ---


def test_no_form_of_the_desk_takes_more_than_a_reason(handset, mara, pocket, here, sol):
    """Another person's device, a public key of one's own, a verified number, an approved sign-in, a lower counter."""
    phone = given_number(mara)
    give_password(here, mara)
    login = login_of(here)
    key = mara.portal_keys.get()
    phone.refresh_from_db()
    more = {
        "device.user": "1", "user": User.objects.get(username="sol").pk, "device.public_key": "{}", "public_jwk": "{}",
        "phone.verified": "true", "state": "approved", "login.state": "approved", "counter": "0", "pin_failures": "0",
        "approved_by": "1", "due": "2000-01-01", "by": "1", "is_superuser": "on", "password": "x",
    }  # fmt: skip
    assert did(sol.post(page(mara, "test"), {**more, "reason": "Ticket"}), mara)
    assert did(sol.post(page(mara, "propose-phone"), {**more, "reason": "Ticket"}), mara)
    proposal = proposed(mara)
    assert (proposal.state, proposal.due, proposal.approved_by) == ("proposed", None, None)
    assert proposal.by.username == "sol"
    login.refresh_from_db()
    mara.refresh_from_db()
    assert (login.state, mara.is_superuser) == ("pending", False)
    for row in (key, phone):
        fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        row.refresh_from_db()
        assert {field: getattr(row, field) for field in fields} == fields


STOCK = [
    ("twofactor/portalkey/{key}/change/", {"user": "{sol}", "public_jwk": "{{}}", "state": "active"}),
    ("twofactor/phone/{phone}/change/", {"state": "verified", "confirmed": "on", "sealed_number": "x"}),
    ("twofactor/proposal/{proposal}/change/", {"state": "approved", "approved_by": "{sol}", "due": "2000-01-01"}),
    ("twofactor/proposal/add/", {"user": "{mara}", "what": "key", "state": "approved"}),
    ("accounts/auditevent/{event}/change/", {"reason": "nothing happened"}),
    ("accounts/user/{mara}/change/", {"password": "x", "is_superuser": "on", "is_active": "on", "auth_epoch": "1"}),
]


@pytest.mark.parametrize(("path", "sent"), STOCK)
@pytest.mark.parametrize("role", ["Support", "Security officer"])
def test_no_stock_form_of_the_administration_takes_a_state_or_a_secret(handset, mara, pocket, path, sent, role):
    browser = staff("sol", role)
    phone = given_number(mara)
    press(browser, mara, "propose-phone")
    names = {
        "key": mara.portal_keys.get().pk, "phone": phone.pk, "proposal": proposed(mara).pk, "mara": mara.pk,
        "event": AuditEvent.objects.filter(user=mara).latest("id").pk, "sol": User.objects.get(username="sol").pk,
    }  # fmt: skip
    before = dump()
    answer = browser.post(
        f"/admin/{path.format(**names)}", {field: value.format(**names) for field, value in sent.items()}
    )
    assert answer.status_code == 403
    assert dump() == before


def test_no_stock_action_ends_a_factor(handset, mara, pocket):
    """R-84: not even a superuser's list of rows."""
    browser = root()
    phone, key = given_number(mara), mara.portal_keys.get()
    before = dump()
    for model, row in (("portalkey", key), ("phone", phone)):
        for action in ("revoke", "end", "delete_selected"):
            sent = {"action": action, "_selected_action": [row.pk], "post": "yes"}
            browser.post(f"/admin/twofactor/{model}/", sent)
    assert dump() == before
    assert not Login.objects.filter(state="approved").exists()
