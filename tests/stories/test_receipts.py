"""Each approval that a key signed leaves a receipt: what was shown, the signature and the key, bound to the record."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from accounts import chain
from accounts.checking import check
from accounts.models import AuditEvent
from tests.factories import PIN, finish, give_password, number
from tests.pocket import b64, canonical, thumbprint
from tests.stories.records import change, command, findings, raw
from tests.stories.ways import sign_in, text
from twofactor import receipts
from twofactor.models import Challenge, Receipt


@pytest.fixture
def approved(mara, pocket, here):
    """The receipt of a sign-in that is through, and its owner's browser."""
    sign_in(here, mara, pocket)
    chain.link()
    return Receipt.objects.get()


def unb64(text):
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_receipt_can_be_checked_by_anybody_who_has_it(mara, pocket, here, approved):
    """N3: signature, key and text, with nothing but the file and the protocol's page."""
    event = approved.event
    file = here.get(f"/security/activity/{event.name}/receipt/")
    assert "attachment" in file["Content-Disposition"]
    receipt = json.loads(file.content)
    signed, _dot, signature = receipt["statement"].rpartition(".")
    jwk = receipt["public_jwk"]
    x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in ("x", "y"))
    r, s = (int.from_bytes(half, "big") for half in (unb64(signature)[:32], unb64(signature)[32:]))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    claims = json.loads(unb64(signed.partition(".")[2]))
    digest = hashes.Hash(hashes.SHA256())
    digest.update(canonical(receipt["display"]))
    assert claims["display"] == b64(digest.finalize())
    assert (claims["challenge"], claims["verdict"]) == (receipt["challenge"], "approve")
    assert thumbprint(jwk) == receipt["kid"] == next(iter(pocket.keys))
    assert receipt["display"]["title"] == "Sign in to Client Portal?"


def test_its_digest_stands_in_the_chain(approved):
    assert approved.event.facts["receipt"] == approved.digest
    assert approved.is_intact
    assert findings() == []


COLUMNS = {
    "challenge": "A" * 22,
    "purpose": "action",
    "at": "2026-01-01 00:00:00",
    "statement": "e.e.e",
    "public_jwk": "{}",
    "kid": "A" * 43,
    "device": "Another phone",
    "display": '{"title": "Pay 1 dollar?"}',
    "browser": "Safari / macOS",
    "address": "203.0.113.9",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_receipt_that_was_changed_is_found(approved, column):
    raw(f"UPDATE twofactor_receipt SET {column} = %s", COLUMNS[column])
    assert [(finding.what, finding.id) for finding in check().findings] == [("receipt", approved.event_id)]
    assert "has lost its receipt" in command("verify")[1]


def test_every_column_of_a_receipt_is_tried():
    assert {field.column for field in Receipt._meta.fields} == {*COLUMNS, "id", "event_id"}


def test_a_receipt_that_was_taken_away_is_missed(mara, here, approved):
    event = approved.event
    raw("DELETE FROM twofactor_receipt")
    assert findings() == [("receipt", event.seq)]
    assert "Its receipt is gone" in text(here.get(f"/security/activity/{event.name}/"))


def test_the_digest_in_the_event_is_not_changed_with_it(approved):
    """Whoever changes both is found by the chain."""
    raw("UPDATE twofactor_receipt SET device = 'Another phone'")
    change(approved.event_id, "facts", json.dumps({**approved.event.facts, "receipt": Receipt.objects.get().digest}))
    assert findings() == [("changed", approved.event.seq)]


def test_its_owner_reads_what_was_approved(mara, here, approved):
    shown = text(here.get(f"/security/activity/{approved.event.name}/"))
    assert "Sign in to Client Portal?" in shown
    assert "Firefox on Windows" in shown
    assert approved.kid in shown
    assert "Check this receipt" in shown


def test_an_answer_by_hand_leaves_none_and_the_page_says_why(mara, pocket, here):
    give_password(here, mara)
    here.post("/sign-in/verify/manual/", {"response": pocket.respond(number(here), PIN)})
    finish(here)
    assert not Receipt.objects.exists()
    event = AuditEvent.objects.get(kind="challenge.approve", outcome="ok")
    assert "Nothing was signed" in text(here.get(f"/security/activity/{event.name}/"))
    assert here.get(f"/security/activity/{event.name}/receipt/").status_code == 404


def test_a_test_leaves_none(mara, pocket, here):
    sign_in(here, mara, pocket)
    here.post("/security/key/test/")
    pocket.approve(pocket.challenge(), PIN)
    assert Receipt.objects.count() == 1


def test_what_cannot_be_recorded_is_not_approved(mara, pocket, here, monkeypatch):
    """FI-15: no room for the record, no approval."""

    def full(*args, **more):
        raise OSError("no space left")

    give_password(here, mara)
    digits = number(here)
    asked = pocket.challenge()
    monkeypatch.setattr(receipts.audit, "record", full)
    with pytest.raises(Exception, match="500"):
        pocket.approve(asked, PIN, digits)
    assert Challenge.objects.get(pk=asked["id"]).state == "pending"


def test_receipts_go_with_their_events(approved):
    """P-51."""
    from django.utils import timezone

    assert chain.prune(timezone.now()) > 0
    assert not Receipt.objects.exists()
