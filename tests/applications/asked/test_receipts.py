"""Whoever has a receipt and the portal's public keys can check it, with no line of ours and without asking anybody."""

import base64
import json

import pytest
from django.conf import settings

from applications.models import SigningKey
from examples.verify_receipt import Wrong, canonical, verify
from tests.applications.rp import Party, said
from tests.factories import PIN


@pytest.fixture
def receipt(mara, pocket, bank):
    asked = bank.action(facts=[["Amount", "5,000.00 HKD"], ["To", "王大文, 012-345678-9"]])
    pocket.approve(pocket.challenge(), PIN)
    return bank.look(asked)["receipt"]


@pytest.fixture
def check(bank):
    keys = bank.anybody.get("/oauth/keys/").json()
    return lambda receipt: verify(receipt, keys, bank.application.client_id, settings.PORTAL_BASE_URL)


def claims_of(receipt):
    payload = receipt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def signed_again(claims):
    """As a portal would sign that tells something else than the phone."""
    return SigningKey.objects.current().sign(claims, "action-receipt+jwt")


def test_it_says_what_was_approved_by_whom_when_and_how(mara, receipt, check):
    claims = check(receipt)
    assert claims["action"]["facts"][1] == ["To", "王大文, 012-345678-9"]
    (approval,) = claims["approvals"]
    assert (approval["sub"], approval["how"]) == (str(mara.pk), "online")
    assert claims["iat"] == approval["at"]


def test_any_changed_letter_is_found(receipt, check):
    header, payload, signature = receipt.split(".")
    for at in range(0, len(payload), 97):
        other = "A" if payload[at] != "A" else "B"
        with pytest.raises(Wrong):
            check(f"{header}.{payload[:at]}{other}{payload[at + 1 :]}.{signature}")


def test_it_is_for_one_application(receipt, bank):
    keys = bank.anybody.get("/oauth/keys/").json()
    with pytest.raises(Wrong):
        verify(receipt, keys, "another", settings.PORTAL_BASE_URL)
    with pytest.raises(Wrong):
        verify(receipt, keys, bank.application.client_id, "https://other.example")


def test_an_id_token_is_no_receipt(receipt, check):
    with pytest.raises(Wrong):
        check(SigningKey.objects.current().sign(claims_of(receipt)))


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims["action"]["facts"][0].__setitem__(1, "9,000.00 HKD"),
        lambda claims: claims["approvals"][0]["display"]["facts"][0].__setitem__(1, "9,000.00 HKD"),
        lambda claims: claims["approvals"][0].update(statement=claims["approvals"][0]["statement"][:-4] + "AAAA"),
        lambda claims: claims.update(people=2),
        lambda claims: claims.update(people=2, approvals=claims["approvals"] * 2),
    ],
)
def test_not_even_the_portal_can_make_one_that_no_phone_has_signed(receipt, check, change):
    claims = claims_of(receipt)
    assert check(signed_again(claims)) == claims
    change(claims)
    with pytest.raises(Wrong):
        check(signed_again(claims))


def test_another_phones_key_does_not_do(receipt, check):
    from cryptography.hazmat.primitives.asymmetric import ec

    from tests.pocket import public

    claims = claims_of(receipt)
    claims["approvals"][0]["jwk"] = public(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(Wrong):
        check(signed_again(claims))


def test_its_spelling_is_the_canonical_one():
    assert canonical({"b": ["é", "\n"], "a": ""}) == '{"a":"","b":["é","\\n"]}'.encode()


def test_a_receipt_is_no_id_token(receipt, bank, inside):
    """What says who approved says nothing of who is expected at a sign-in."""
    bank.application.redirect_uris = "https://bank.example/back"
    bank.application.save()
    assert SigningKey.verified(receipt) is None
    assert SigningKey.verified(receipt, "action-receipt+jwt") == claims_of(receipt)
    signed = SigningKey.objects.current().sign({"iss": settings.PORTAL_BASE_URL, "aud": bank.application.client_id})
    answer = inside.get(Party(bank.application).address(id_token_hint=signed, prompt="none"))
    assert said(answer["Location"])["error"] == "invalid_request"
