"""Changes that no test can see, because they change nothing that anybody could notice; each with its reason.

By file and function, the line that stood there and the line that takes its place, as `make mutants` prints them.
"""

from __future__ import annotations

_ARGUED = [
    (
        "accounts/limits.py (module)",
        '_PROXY = ("proxy",)',
        '_PROXY = ("XXproxy",)',
        "counted and asked for by the same name, which no other count has",
    ),
    (
        "accounts/limits.py client_address",
        'address = address_of(request.META.get("REMOTE_ADDR", ""), forwarded)',
        'address = address_of(request.META.get("REMOTE_ADDR", "XX"), forwarded)',
        "either is no address",
    ),
    (
        "accounts/recognising.py recognise",
        "fits = (user if user and usable else User(password=_decoy())).check_password(password)",
        "fits = (user if user or usable else User(password=_decoy())).check_password(password)",
        "whoever is not usable is refused whatever fits, after one hash of the same cost",
    ),
    (
        "accounts/recognising.py recognise",
        "fits = (user if user and usable else User(password=_decoy())).check_password(password)",
        "fits = (user if user and usable else User()).check_password(password)",
        "Django hashes once as well where there is nothing to compare with, and says no",
    ),
    (
        "accounts/recognising.py recognise",
        "if user is None or not usable or not fits:",
        "if user is None and not usable or not fits:",
        "whoever is not usable was compared with a decoy, which never fits",
    ),
    (
        "accounts/recognising.py _decoy",
        'salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))',
        'salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("XX=") for size in (16, 32))',
        "the last sign of 16 or 32 bytes has only some of its six bits, and an X has others",
    ),
    (
        "accounts/pending.py is_alive",
        'return any(constant_time_compare(session.get(HASH_SESSION_KEY, ""), each) for each in good)',
        "return any(constant_time_compare(session.get(HASH_SESSION_KEY, ), each) for each in good)",
        "nobody has such a digest",
    ),
    (
        "accounts/pending.py is_alive",
        'return any(constant_time_compare(session.get(HASH_SESSION_KEY, ""), each) for each in good)',
        'return any(constant_time_compare(session.get(HASH_SESSION_KEY, "XX"), each) for each in good)',
        "nobody has such a digest",
    ),
    (
        "accounts/pending.py end_other_sessions",
        'before = request.session.session_key or ""',
        'before = request.session.session_key or "XX"',
        "no session has either name",
    ),
    (
        "twofactor/signin.py ask_again",
        'latest = login.challenges.select_related("key__user").order_by("-turn").first()',
        'latest = login.challenges.select_related().order_by("-turn").first()',
        "it follows what every question has: the key, and its person",
    ),
    (
        "twofactor/signin.py _count",
        'if not constant_time_compare(ocra.read_number(number) or "", challenge.question):',
        'if not constant_time_compare(ocra.read_number(number) or "XX", challenge.question):',
        "neither is six digits",
    ),
    (
        "twofactor/signin.py _check_pin",
        'match = key.compare(challenge.question, ocra.read_response(response) or "")',
        'match = key.compare(challenge.question, ocra.read_response(response) or "XX")',
        "neither is eight digits",
    ),
    (
        "twofactor/signin.py answer_by_hand",
        'challenge = login.challenges.select_related("key__user").order_by("-turn").first()',
        'challenge = login.challenges.select_related().order_by("-turn").first()',
        "it follows what every question has: the key, and its person",
    ),
    (
        "twofactor/signin.py clock_hint",
        "if off_by > 0:",
        "if off_by >= 0:",
        "a response of this very minute is right, and no clock is off by nothing",
    ),
    (
        "twofactor/protocol/activation.py code_from",
        'return "".join(ALPHABET[bits >> shift & 31] for shift in range(_BITS * (length - 1), -1, -_BITS))',
        'return "".join(ALPHABET[bits >> shift & 31] for shift in range(_BITS * (length - 1), -2, -_BITS))',
        "steps of five from a multiple of five end at 0 either way",
    ),
    (
        "twofactor/protocol/activation.py read_code",
        'text = (bare(typed) or "").translate(_MEANT)',
        'text = (bare(typed) or "XX").translate(_MEANT)',
        "no code has two characters: either is none",
    ),
    (
        "twofactor/protocol/activation.py read_code",
        "return text if len(text) == length and set(text) <= set(ALPHABET) else None",
        "return text if len(text) == length and set(text) < set(ALPHABET) else None",
        "a code of at most sixteen characters never has all thirty-two letters",
    ),
    (
        "twofactor/protocol/encoding.py unb64url",
        'data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))',
        'data = base64.urlsafe_b64decode(text + "=" * (+len(text) % 4))',
        "two equals signs too many are ignored, and the spelling is compared on the next line",
    ),
    (
        "twofactor/protocol/ocra.py respond",
        "return compute(SUITE, key, question, step=int(now // STEP))",
        "return compute(SUITE, key, question, step=int(now / STEP))",
        "int() cuts what // leaves out, for every moment since 1970",
    ),
    (
        "twofactor/protocol/ocra.py check",
        "ours = int(now // STEP)",
        "ours = int(now / STEP)",
        "int() cuts what // leaves out, for every moment since 1970",
    ),
    (
        "twofactor/protocol/rfc6287.py compute",
        "if any((want is None) != (have is None) for want, have in zip(asked, given, strict=True)):",
        "if any((want is None) != (have is None) for want, have in zip(asked, given, strict=False)):",
        "both have four members, two lines above",
    ),
    (
        "twofactor/protocol/rfc6287.py compute",
        "if any((want is None) != (have is None) for want, have in zip(asked, given, strict=True)):",
        "if any((want is None) != (have is None) for want, have in zip(asked, given, )):",
        "both have four members, two lines above",
    ),
    (
        "twofactor/protocol/sealing.py Keyring.parse",
        'key_id, colon, encoded = entry.strip().partition(":")',
        'key_id, colon, encoded = entry.strip().rpartition(":")',
        "neither an id nor base64url has a colon: with two of them one or the other refuses",
    ),
    (
        "twofactor/protocol/sealing.py Keyring.open",
        'key_id, _, encoded = rest.partition(".")',
        'key_id, _, encoded = rest.rpartition(".")',
        "neither an id nor base64url has a full stop: with two of them one or the other refuses",
    ),
    (
        "twofactor/protocol/statements.py _split",
        'header, _, payload = signed.partition(".")',
        'header, _, payload = signed.rpartition(".")',
        "two full stops were counted, and the second one is gone",
    ),
    (
        "twofactor/protocol/totp.py matching",
        "here, found = int(now // seconds), None",
        "here, found = int(now / seconds), None",
        "int() cuts what // leaves out, for every moment since 1970",
    ),
    (
        "twofactor/protocol/totp.py address",
        'label = quote(f"{issuer}:{account}", safe=":@")',
        'label = quote(f"{issuer}:{account}", safe="XX:@")',
        "a letter is never quoted",
    ),
    (
        "twofactor/protocol/webauthn.py _check_key",
        'key.verify(b"", b"")',
        'key.verify(b"XX", b"")',
        "the empty signature is none, whatever it would be of",
    ),
    (
        "twofactor/protocol/webauthn.py _check_key",
        'key.verify(b"", b"")',
        'key.verify(b"", b"XX")',
        "two bytes are no signature either: it only shows whether the key can be worked with",
    ),
]
EQUIVALENT = {f"{place}\n- {old}\n+ {new}": reason for place, old, new, reason in _ARGUED}
