"""Staff read the record and what was approved, and change nothing of either (R-81, R-83)."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission

from accounts import chain
from accounts.models import AuditEvent, ChainMark
from tests.factories import desk, person
from tests.stories.carried import carry, given_number, text_in
from tests.stories.ways import activated, sign_in, text
from twofactor import activity, record_admin
from twofactor.models import Delivery, Receipt


@pytest.fixture
def staff(db, here):
    """A member of staff who may read the record, signed in; in it, Mara's approval of a sign-in."""
    mara = person("mara")
    sign_in(desk(), mara, activated(desk(), mara))
    sol = person("sol", is_staff=True)
    sol.user_permissions.set(Permission.objects.filter(codename__in=("view_auditevent", "view_receipt")))
    sign_in(here, sol, activated(desk(), sol))
    chain.link()
    return here


def test_the_head_of_the_chain_stands_over_the_list(staff):
    """N3: to be noted elsewhere."""
    assert f"Head of the chain: {ChainMark.objects.get(pk='head')}" in text(staff.get("/admin/accounts/auditevent/"))


def test_every_event_has_a_sentence(db):
    """Those that are told to nobody, too; and each that can be refused says so in one of its own."""
    ours = "\n".join(
        path.read_text() for room in ("accounts", "applications", "twofactor") for path in Path(room).rglob("*.py")
    )
    refused = re.findall(r"\brecord\(\s*\"([a-z]+\.[a-z-]+)\"[^()]*\bok=", ours)
    alarming = re.findall(r"\balert\(\s*\"([a-z]+\.[a-z-]+)\"", ours)
    said = activity._WORDS.keys() | record_admin.UNTOLD.keys()
    assert len(refused) > 20
    assert {f"{kind}!" for kind in (*refused, *alarming)} - said == set()
    assert activity.UNTOLD - {kind.rstrip("!") for kind in said} == set()
    assert (
        record_admin.say(AuditEvent(kind="login.begin", outcome="ok")) == "A sign-in was begun with the right password."
    )


def test_the_list_says_what_happened_as_the_person_reads_it(staff):
    shown = text(staff.get("/admin/accounts/auditevent/?q=mara"))
    assert "You signed in with Portal Key." in shown
    assert "A question was put to a phone." in shown
    assert "login.claim" not in shown


def test_the_list_can_be_narrowed_to_what_it_is_about(staff):
    def told(about):
        page = staff.get(f"/admin/accounts/auditevent/?about={about}&q=mara").content.decode()
        return page.partition("<thead>")[2]

    assert "You signed in with Portal Key." in told("sign-ins")
    assert "was activated." not in told("sign-ins")
    assert "was activated." in told("key")
    assert "A question was put to a phone." in told("rest")
    assert "You signed in" not in told("rest")


def test_an_approval_leads_to_its_receipt(staff):
    receipt = Receipt.objects.get(event__username="mara")
    shown = staff.get(f"/admin/accounts/auditevent/{receipt.event_id}/change/").content.decode()
    assert f'href="/admin/twofactor/receipt/{receipt.pk}/change/"' in shown
    page = text(staff.get(f"/admin/twofactor/receipt/{receipt.pk}/change/"))
    assert "Sign in to Client Portal?" in page
    assert "Check this receipt" in page
    assert receipt.kid in page
    assert "mara" in text(staff.get("/admin/twofactor/receipt/"))


@pytest.mark.parametrize("model", ["accounts/auditevent", "twofactor/receipt"])
def test_nobody_writes_there(staff, model):
    receipt = Receipt.objects.first()
    pk = receipt.event_id if "audit" in model else receipt.pk
    before = list(AuditEvent.objects.filter(pk=pk).values()), list(Receipt.objects.values())
    for path in (f"{pk}/change/", f"{pk}/delete/", "add/"):
        assert staff.post(f"/admin/{model}/{path}", {"kind": "x", "post": "yes", "device": "x"}).status_code == 403
    staff.post(f"/admin/{model}/", {"action": "delete_selected", "_selected_action": pk, "post": "yes"})
    assert (list(AuditEvent.objects.filter(pk=pk).values()), list(Receipt.objects.values())) == before


def test_without_the_right_to_it_no_receipt_is_read(staff):
    from accounts.models import User

    User.objects.get(username="sol").user_permissions.clear()
    pk = Receipt.objects.first().pk
    assert staff.get(f"/admin/twofactor/receipt/{pk}/change/").status_code == 403
    assert staff.get("/admin/accounts/auditevent/").status_code == 403


def test_a_delivery_says_what_was_sent(here, handset):
    eli = person("eli")
    given_number(eli)
    text_in(desk(), eli)
    carry()
    sol = person("sol", is_staff=True, is_superuser=True)
    activated(here, sol)
    for address in ("", "?kind=sign-in"):
        shown = text(here.get(f"/admin/twofactor/delivery/{address}"))
        assert "Code to sign in" in shown
    pk = Delivery.objects.filter(kind="sign-in").first().pk
    assert "Code to sign in" in text(here.get(f"/admin/twofactor/delivery/{pk}/change/"))


def test_a_list_is_narrowed_to_rows_without_a_code_by_a_word(here, handset):
    eli = person("eli")
    given_number(eli)
    text_in(desk(), eli)
    activated(here, person("sol", is_staff=True, is_superuser=True))
    assert re.search(r'<a href="\?reason=">\s*None\s*</a>', here.get("/admin/twofactor/delivery/").content.decode())
