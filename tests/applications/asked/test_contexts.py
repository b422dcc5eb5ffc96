"""What a phone without a network believes of a question: what the portal has signed (docs/protocol.md, 7.1)."""

import json
import zlib

import pytest
from jwcrypto import jwk, jws

from applications.models import Action
from twofactor import contexts
from twofactor.models import Challenge
from twofactor.protocol import context


@pytest.fixture
def question(mara, pocket, bank):
    bank.action()
    return Challenge.objects.select_related("key").get()


def read(link, key):
    """As any client that follows the protocol's page does."""
    token = jws.JWS()
    token.deserialize(link.partition("#q/")[2])
    token.verify(jwk.JWK(**key))
    return token.jose_header, json.loads(zlib.decompress(token.payload, -15))


def test_a_square_says_all_of_the_question_and_is_signed_by_the_portal(settings, pocket, question):
    (key,) = pocket.inbox()["contexts"]
    header, claims = read(contexts.link(question), key)
    assert header == {"alg": "ES256", "typ": "portal-key-context+jwt", "kid": jwk.JWK(**key).thumbprint()}
    (asked,) = pocket.challenges()
    assert claims == {
        "aud": settings.PORTAL_BASE_URL,
        "exp": asked["expires"],
        **{name: asked[name] for name in ("kid", "question", "purpose", "display")},
    }


def test_another_portals_key_verifies_nothing_of_it(question):
    stranger = context.public_of(context.key_of(b"the pepper of somebody else"))
    with pytest.raises(jws.InvalidJWSSignature):
        read(contexts.link(question), stranger)


def test_after_a_change_of_the_pepper_phones_know_both_keys(settings, pocket, question):
    (before,) = pocket.inbox()["contexts"]
    settings.PORTAL_PEPPER_FALLBACKS = [settings.PORTAL_PEPPER]
    settings.PORTAL_PEPPER = b"a new pepper, which is long enough to be one"
    now, earlier = contexts.keys()
    assert earlier == before != now


def test_what_no_camera_could_read_is_in_no_square(inside, bank):
    facts = [[f"Label {at} {at * 7919 % 997}", f"{at * 104729 % 7919} of {at * 1299709}"] for at in range(1, 31)]
    asked = bank.action(facts=facts)
    page = inside.get(f"/actions/{asked}/").content.decode()
    assert 'class="qr dense"' not in page
    assert "Type this challenge code" in page
    assert Action.objects.get().state == "pending"


def test_the_key_is_the_same_on_every_machine_with_the_same_pepper():
    """A vector: whoever changes how it is derived makes every phone refuse what it reads until it has a network."""
    key = context.public_of(context.key_of(b"the pepper of the vector"))
    assert key["x"] == "MAGaARbTboSkQ7cqp47WMQjDR_zJOn8sL_29PO_4rT0"
    assert key["y"] == "KJNEFZOVQ2RBG7mw5s5kq61gcBSzR0a5al-WismPCUY"
