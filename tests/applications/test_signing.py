"""The pair of keys that signs what applications are told."""

from applications.models import SigningKey
from twofactor.protocol.sealing import Keyring


def test_a_pair_is_opened_once_in_a_process_and_not_for_each_signature(db, monkeypatch):
    """To check it costs as much as two hashes of passwords: nobody would get more than a dozen tokens a second."""
    opened = []
    opens = Keyring.open
    monkeypatch.setattr(Keyring, "open", lambda *given: opened.append(given) or opens(*given))
    for number in range(3):
        assert SigningKey.verified(SigningKey.objects.current().sign({"sub": str(number)})) == {"sub": str(number)}
    assert len(opened) <= 1


def test_a_pair_that_was_sealed_anew_is_opened_anew(db, settings):
    key = SigningKey.objects.current()
    before = key.jwk
    key.sealed = settings.PORTAL_KEYRING.seal(before.export_private().encode(), "signing.private", key.kid)
    assert key.jwk is not before
    assert key.jwk.thumbprint() == before.thumbprint()
