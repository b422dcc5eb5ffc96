"""Texts, calls and numbers at the support desk: figures and ends of numbers, and nothing to read or set (R-83)."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.factories import desk, person
from tests.stories.ways import activated, dump, events, sign_in, text
from twofactor import numbers, policy
from twofactor.models import ClosedPrefix, Code, Delivery, FilterContact, Phone
from twofactor.models.delivery import closed_until, conversion

NUMBER = "+85291234567"
# Each of them would give the number away, or the code, or let somebody guess it at home.
SPELLINGS = ("91234567", "9123 4567", "9123-4567", "912345")


@pytest.fixture
def uma(db):
    """A client with a number and a code that is out."""
    return person("uma", name="Uma Bell")


@pytest.fixture
def number(uma):
    phone = Phone.fresh(uma, numbers.read(NUMBER, "HK", {"HK"}))
    phone.move("verify", verified_at=timezone.now())
    return phone


@pytest.fixture
def code(number):
    return Code.objects.create(user=number.user, phone=number, expires=timezone.now() + policy.CODE_LIFE)


@pytest.fixture
def delivery(number, code):
    now = timezone.now()
    return Delivery.objects.create(
        user=number.user, way="text", kind="confirm", phone=number, code=code, language="en", country="HK",
        prefix=number.prefix, cost=50, state="handed", carrier="twilio", carrier_id="SM0123", deadline=code.expires,
        handed_at=now,
    )  # fmt: skip


@pytest.fixture
def closed(db):
    until = timezone.now() + policy.PREFIX_CLOSED
    return ClosedPrefix.objects.create(prefix="+8529123", country="HK", until=until, sends=24, used=2)


def staff(*permissions: str):
    """A browser in which a member of the staff with these permissions is signed in."""
    sol = person("sol", is_staff=True)
    sol.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="twofactor"))
    browser = desk()
    activated(browser, sol)
    return browser


def root():
    browser = desk()
    activated(browser, person("root", is_staff=True, is_superuser=True))
    return browser


# --- The page of figures ---


def test_strangers_and_clients_do_not_see_the_figures(mara, pocket, here):
    assert here.get("/admin/traffic/")["Location"] == "/sign-in/?next=/admin/traffic/"
    sign_in(here, mara, pocket)
    assert here.get("/admin/traffic/", follow=True).status_code == 403


def test_staff_see_the_figures_with_a_permission_and_not_without(db):
    browser = staff("view_portalkey")
    assert browser.get("/admin/traffic/").status_code == 403
    assert "/admin/traffic/" not in browser.get("/admin/").content.decode()


def test_who_is_staff_no_longer_sees_no_figures(db):
    """A permission that was left behind opens nothing: the admin's own door stands before the page."""
    browser = staff("view_delivery")
    User.objects.filter(username="sol").update(is_staff=False)
    assert browser.get("/admin/traffic/", follow=True).status_code == 403


def test_who_may_see_the_figures_finds_them_on_the_first_page(delivery):
    browser = staff("view_delivery")
    assert 'href="/admin/traffic/"' in browser.get("/admin/").content.decode()
    assert browser.get("/admin/traffic/").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_figures_are_only_read(db, method):
    assert getattr(staff("view_delivery"), method)("/admin/traffic/").status_code == 405


def test_the_figures_stand_there_in_words(delivery):
    shown = text(staff("view_delivery").get("/admin/traffic/"))
    assert "Hong Kong 1 0 0 (0 %) 0 (0 %) 0 of 1 (0 %) 0.05" in shown


def test_the_figures_need_no_script_and_no_style_of_their_own(delivery, closed):
    """Our own part of the page: the strict policy for content holds for it, and every picture has its table."""
    page = root().get("/admin/traffic/").content.decode()
    ours = page[page.index('<div class="figures">') : page.index("<footer")]
    assert "<svg" in ours
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=", ours) == []
    heard = re.sub(r'<div class="plot" aria-hidden="true">.*?</svg>', "", ours, flags=re.DOTALL)
    assert re.findall(r'<svg(?![^>]*aria-hidden="true")[^>]*>', heard) == []
    assert ours.count("The same as a table") == 2


def test_an_empty_portal_has_an_empty_page(db):
    page = text(staff("view_delivery").get("/admin/traffic/"))
    for sentence in ("The queue is empty.", "No route is failing.", "Nothing is closed.", "Nothing has failed."):
        assert sentence in page


# --- Nothing to read, nothing to set ---


def pages(number, delivery):
    for model, key in (("phone", number.pk), ("delivery", delivery.pk)):
        for page in ("", f"{key}/change/", f"{key}/history/", "?q=uma"):
            yield f"/admin/twofactor/{model}/{page}"
    yield from ("/admin/", "/admin/traffic/", "/admin/twofactor/", "/admin/accounts/auditevent/")
    yield f"/admin/accounts/user/{number.user_id}/change/"
    yield f"/admin/accounts/user/{number.user_id}/delete/"


def test_no_page_of_the_admin_shows_a_number_or_a_code(number, code, delivery):
    """AT-101: country and last two digits are all that a superuser sees, whatever page shows the row."""
    browser = root()
    secrets = (*SPELLINGS, code.digits, code.salt, number.fingerprint, number.sealed_number, number.seal_id)
    for page in pages(number, delivery):
        response = browser.get(page)
        assert response.status_code == 200, page
        shown = response.content.decode()
        assert [secret for secret in secrets if secret in shown] == [], page
    assert "+852 •••• 67" in browser.get("/admin/twofactor/phone/").content.decode()


def test_staff_neither_set_nor_confirm_nor_remove_a_number(number):
    """R-83: not even a superuser, not by any form of the admin."""
    browser = root()
    before = dump()
    sent = {"user": number.user_id, "state": "verified", "texts": "on", "sealed_number": "x", "confirmed": "on"}
    for page in (f"{number.pk}/change/", f"{number.pk}/delete/", "add/"):
        assert browser.post(f"/admin/twofactor/phone/{page}", sent).status_code == 403, page
    browser.post(
        "/admin/twofactor/phone/", {"action": "delete_selected", "_selected_action": [number.pk], "post": "yes"}
    )
    assert dump() == before


def test_staff_do_not_change_what_was_carried(delivery):
    browser = root()
    before = dump()
    for page in (f"{delivery.pk}/change/", f"{delivery.pk}/delete/", "add/"):
        assert browser.post(f"/admin/twofactor/delivery/{page}", {"state": "delivered"}).status_code == 403, page
    assert dump() == before


QUERIES = [
    "phone/?sealed_number__startswith=v",
    "phone/?fingerprint__startswith=a",
    "phone/?user__password__startswith=a",
    "phone/?codes__salt__startswith=a",
    "delivery/?phone__fingerprint__startswith=a",
    "delivery/?code__salt__startswith=a",
    "delivery/?carrier_id__startswith=S",
    "delivery/?user__password__startswith=a",
]


@pytest.mark.parametrize("query", QUERIES)
def test_no_number_and_no_code_is_found_letter_by_letter(delivery, query):
    response = root().get(f"/admin/twofactor/{query}")
    assert response.status_code == 400 or "e=1" in response.get("Location", "")


@pytest.mark.parametrize("model", ["phone", "delivery"])
def test_no_search_finds_a_number(delivery, model):
    browser = root()
    found = {
        words: browser.get(f"/admin/twofactor/{model}/", {"q": words}).context["cl"].result_count
        for words in (NUMBER, *SPELLINGS, "67", "uma")
    }
    assert found == {**dict.fromkeys((NUMBER, *SPELLINGS, "67"), 0), "uma": 1}


# --- Opening a prefix again ---


DIGEST = Phone.print_of_prefix("+8529123")


def reopen(browser, row):
    return browser.post("/admin/twofactor/closedprefix/", {"action": "reopen", "_selected_action": [row.pk]})


def test_opening_a_prefix_again_is_recorded(closed):
    reopen(staff("view_closedprefix", "delete_closedprefix"), closed)
    assert closed_until(DIGEST) is None
    event = AuditEvent.objects.get(kind="prefix.reopen")
    assert event.outcome == "ok"
    assert event.facts["prefix"] == "+8529123"
    assert event.facts["by"].startswith("staff-")


def test_a_prefix_that_is_open_is_not_opened_twice(closed):
    browser = staff("view_closedprefix", "delete_closedprefix")
    reopen(browser, closed)
    first = ClosedPrefix.objects.get().until
    reopen(browser, closed)
    assert events("prefix.reopen") == [("ok", "")]
    assert ClosedPrefix.objects.get().until == first


def test_a_prefix_that_was_opened_again_begins_afresh(closed, delivery):
    """What closed it does not close it again with the next text."""
    Delivery.objects.filter(pk=delivery.pk).update(created=timezone.now() - timedelta(minutes=1))
    assert conversion(DIGEST)[0] == 0, "while it is closed, nothing counts yet"
    reopen(staff("view_closedprefix", "delete_closedprefix"), closed)
    assert conversion(DIGEST) == (0, 0)


def test_the_page_of_figures_opens_a_prefix_again(closed):
    browser = staff("view_delivery", "view_closedprefix", "delete_closedprefix")
    page = browser.get("/admin/traffic/").content.decode()
    (form,) = re.findall(r'<form method="post" action="/admin/twofactor/closedprefix/">.*?</form>', page, re.DOTALL)
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    browser.post("/admin/twofactor/closedprefix/", sent)
    assert closed_until(DIGEST) is None


def test_who_may_only_look_opens_nothing(closed):
    browser = staff("view_delivery", "view_closedprefix")
    assert "Open again" not in text(browser.get("/admin/traffic/"))
    reopen(browser, closed)
    assert closed_until(DIGEST) == closed.until
    assert events("prefix.reopen") == []


# --- Contacts ---


def test_staff_keep_the_contacts_in_both_languages(db):
    browser = staff("view_filtercontact", "add_filtercontact", "change_filtercontact")
    words = {"service": "Anybody", "service_zh": "任何人", "how": "Call them.", "how_zh": "請致電。"}
    browser.post("/admin/twofactor/filtercontact/add/", {"country": "HK", **words})
    assert FilterContact.objects.filter(country="HK", **words).exists()


@pytest.mark.parametrize("country", ["XX", "hk", "HKG", "", "001"])
def test_a_contact_belongs_to_a_country_that_exists(db, country):
    browser = staff("view_filtercontact", "add_filtercontact")
    before = FilterContact.objects.count()
    sent = {"country": country, "service": "Anybody", "how": "Call them."}
    response = browser.post("/admin/twofactor/filtercontact/add/", sent)
    assert response.status_code == 200
    assert FilterContact.objects.count() == before
