"""A whole phone in Python: the second implementation of docs/protocol.md, written from that page alone.

It shares no line with the portal (its own OCRA, its own JWS, its own canonical JSON), so that what the two agree on
is the page, not a common mistake. It talks through a `post` that a test supplies: over HTTP to a running portal, or
straight into Django's test client.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import struct
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import websockets
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Transport = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any], Mapping[str, str]]]

API = "/authenticator/api"


class Problem(Exception):
    """The portal said no: the status, the stable `code` and the whole problem document."""

    def __init__(self, status: int, body: dict[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('detail')}")
        self.status = status
        self.code = body.get("code")
        self.body = body
        self.headers = headers


@dataclass
class Key:
    """One user's key on this phone; the response key is nowhere, it is computed when the PIN is given."""

    signing: ec.EllipticCurvePrivateKey
    sealing: ec.EllipticCurvePrivateKey
    kid: str
    account: dict[str, Any]
    state: str = "new"
    label: str = ""
    confirm_code: str | None = None


class Pocket:
    """One authenticator, with the keys of any number of users.

    `ahead` is by how many seconds the phone's own clock is ahead of `clock`; with `learns` it corrects itself by the
    `server_time` of every answer, as the protocol wants.
    """

    iterations = 600_000
    _stretched: dict[tuple[str, bytes, int], bytes] = {}

    def __init__(
        self,
        base_url: str,
        post: Transport,
        *,
        clock: Callable[[], float] = time.time,
        ahead: float = 0,
        learns: bool = True,
        salt: bytes | None = None,
    ) -> None:
        self.base_url = base_url
        self.clock = clock
        self.ahead = ahead
        self.learns = learns
        self.salt = salt or secrets.token_bytes(16)
        self.secret = secrets.token_bytes(32)
        self.keys: dict[str, Key] = {}
        self.claimed: dict[str, Any] = {}
        self._post = post
        self._correction = 0.0

    # --- Activation (section 4) ---

    def claim(self, code: str) -> dict[str, Any]:
        """Claim an activation code, typed or scanned; the answer names the account and the portal."""
        self.claimed = self.post("/activations", {"code": read_code(code)})
        return self.claimed

    def activate(self, pin: str, *, label: str = "Pocket", platform: str = "other", **changed: Any) -> str:
        """Make the key of the claimed activation and return its kid; `changed` replaces claims, for wrong ones."""
        made = self.claimed
        signing, sealing = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        key = Key(signing, sealing, thumbprint(public(signing)), made["account"], label=label)
        claims = {
            "nonce": made["nonce"],
            "activation": made["activation"],
            "enc": public(sealing),
            "response_key": b64(self.response_key(key.kid, pin)),
            "label": label,
            "platform": platform,
            "response": self.response(key.kid, pin, made["pin_question"]),
        }
        active = next((held for held in self.keys.values() if held.state == "active"), None)
        if active is not None:
            response = self.response(active.kid, pin, made["pin_question"])
            claims["companion"] = {"kid": active.kid, "response": response}
        statement = self._signed(key, "activation", {**claims, **changed}, {"jwk": public(signing)})
        answer = self.post(f"/activations/{made['activation']}/complete", {"statement": statement})
        key.state, key.account, key.confirm_code = answer["state"], answer["account"], answer.get("confirm_code")
        self.keys[answer["kid"]] = key
        return key.kid

    # --- The device's channel (section 5) ---

    def inbox(self) -> dict[str, Any]:
        """The whole present state: {"challenges": [...], "messages": [...], ...}."""
        statements = [self._signed(key, "inbox", {"jti": b64(secrets.token_bytes(12))}) for key in self.keys.values()]
        return self.post("/inbox", {"statements": statements})

    def challenges(self) -> list[dict[str, Any]]:
        return self.inbox()["challenges"]

    def challenge(self) -> dict[str, Any]:
        """The one challenge that is waiting; an error when there are none or several."""
        (waiting,) = self.challenges()
        return waiting

    @contextlib.asynccontextmanager
    async def attach(self) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Attach every key over a socket; gives the frames, from `hello` on, as they come."""
        address = self.base_url.replace("http", "ws", 1) + "/ws/authenticator/"
        async with websockets.connect(address, origin=self.base_url) as socket:  # type: ignore[arg-type]
            hello = json.loads(await socket.recv())
            self._learn(hello)
            statements = [self._signed(key, "attach", {"nonce": hello["nonce"]}) for key in self.keys.values()]
            await socket.send(json.dumps({"type": "attach", "statements": statements}))

            async def frames() -> AsyncIterator[dict[str, Any]]:
                yield hello
                async for text in socket:
                    frame = json.loads(text)
                    self._learn(frame)
                    yield frame

            yield frames()

    # --- Answers (sections 6 and 7) ---

    def approve(self, challenge: dict[str, Any], pin: str, number: str | None = None, **changed: Any) -> dict[str, Any]:
        """Approve with `pin`; `number` is what the person read off the desk (mode number), else the question's own."""
        number = number or challenge["question"]
        response = self.response(challenge["kid"], pin, number)
        return self.answer(challenge, "approve", **{"number": number, "response": response, **changed})

    def cancel(self, challenge: dict[str, Any]) -> dict[str, Any]:
        return self.answer(challenge, "cancel")

    def not_me(self, challenge: dict[str, Any]) -> dict[str, Any]:
        return self.answer(challenge, "not_me")

    def answer(self, challenge: dict[str, Any], verdict: str, **more: Any) -> dict[str, Any]:
        digest = hashlib.sha256(canonical(challenge["display"])).digest()
        claims = {"nonce": challenge["nonce"], "challenge": challenge["id"], "verdict": verdict, "display": b64(digest)}
        statement = self._signed(self.keys[challenge["kid"]], "answer", {**claims, **more})
        return self.post(f"/challenges/{challenge['id']}/answer", {"statement": statement})

    def seen(self, challenge: dict[str, Any], hop: str) -> dict[str, Any]:
        """Tell that the challenge was `received`, `shown` or `opened`."""
        claims = {"challenge": challenge["id"], "hop": hop}
        statement = self._signed(self.keys[challenge["kid"]], "seen", claims)
        return self.post(f"/challenges/{challenge['id']}/seen", {"statement": statement})

    def respond(self, question: str, pin: str, now: float | None = None, kid: str | None = None) -> str:
        """The eight digits to carry by hand, in two groups of four; no network is used."""
        digits = self.response(self._key(kid).kid, pin, question, now)
        return f"{digits[:4]} {digits[4:]}"

    # --- Sealed messages (section 8) ---

    def messages(self) -> list[dict[str, Any]]:
        return self.inbox()["messages"]

    def fetch(self, message: dict[str, Any], pin: str | None = None, /, **changed: Any) -> str:
        """Ask for what is sealed, with the PIN where a question stands beside it; the JWE."""
        claims = {"message": message["id"]}
        if pin is not None:
            claims["response"] = self.response(message["kid"], pin, message["question"])
        statement = self._signed(self.keys[message["kid"]], "open", {**claims, **changed})
        return self.post(f"/messages/{message['id']}/open", {"statement": statement})["jwe"]

    def open(self, message: dict[str, Any], pin: str | None = None) -> dict[str, Any]:
        """Fetch a message and read what it says."""
        return json.loads(self.unseal(message["kid"], message["id"], self.fetch(message, pin)))

    def unseal(self, kid: str, message: str, jwe: str) -> bytes:
        """What a JWE says that was sealed for this key and this message; an InvalidTag or ValueError otherwise."""
        return unseal(self.keys[kid].sealing, jwe, self.base_url, f"{kid}.{message}")

    # --- Housekeeping (section 9) ---

    def rename(self, label: str, kid: str | None = None) -> dict[str, Any]:
        key = self._key(kid)
        answer = self.post(f"/keys/{key.kid}/label", {"statement": self._signed(key, "label", {"label": label})})
        key.label = label
        return answer

    def ask_pins(self) -> dict[str, Any]:
        """The first step of changing the PIN: a question for each key."""
        said = [self._signed(key, "pin", {"jti": b64(secrets.token_bytes(12))}) for key in self.keys.values()]
        return self.post(f"/keys/{next(iter(self.keys))}/pin", {"statements": said})

    def change_pin(self, old: str, new: str | None, asked: dict[str, Any] | None = None, **changed: Any) -> Any:
        """The second step: all keys together. Without a `new` PIN it only shows that the old one is right."""
        asked = asked or self.ask_pins()
        return self.post(f"/keys/{asked['questions'][0]['kid']}/pin", self.pin_change(old, new, asked, **changed))

    def pin_change(self, old: str, new: str | None, asked: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """What the second step sends; it may be sent again when its answer was lost."""
        said = []
        for one in asked["questions"]:
            claims = {"nonce": one["nonce"], "response": self.response(one["kid"], old, one["question"])}
            if new is not None:
                claims["response_key"] = b64(self.response_key(one["kid"], new))
            said.append(self._signed(self.keys[one["kid"]], "pin", {**claims, **changed}))
        return {"statements": said}

    def push(self, subscription: dict[str, str] | None, kid: str | None = None) -> str:
        """Tell where this phone can be woken, or with None that it shall not be; the state of it."""
        key = self._key(kid)
        claims = {"jti": b64(secrets.token_bytes(12)), "subscription": subscription}
        return self.post(f"/keys/{key.kid}/push", {"statement": self._signed(key, "push", claims)})["push"]

    def ask_test(self, kid: str | None = None) -> str:
        """Ask for a question that signs nobody in; its id."""
        key = self._key(kid)
        statement = self._signed(key, "test", {"jti": b64(secrets.token_bytes(12))})
        return self.post(f"/keys/{key.kid}/test", {"statement": statement})["challenge"]

    def revoke(self, kid: str | None = None) -> dict[str, Any]:
        key = self._key(kid)
        answer = self.post(f"/keys/{key.kid}/revoke", {"statement": self._signed(key, "revoke", {})})
        key.state = "revoked"
        return answer

    # --- What the phone computes (section 3) ---

    def now(self) -> float:
        """The phone's idea of the time."""
        return self.clock() + self.ahead + self._correction

    def response_key(self, kid: str, pin: str) -> bytes:
        message = b"portal-key/v1/response" + b"\0" + kid.encode("ascii") + b"\0" + self.pin_bits(pin)
        return hmac.digest(self.secret, message, "sha256")

    def pin_bits(self, pin: str) -> bytes:
        known = (pin, self.salt, self.iterations)
        if known not in self._stretched:
            password = unicodedata.normalize("NFKC", pin).encode()
            self._stretched[known] = hashlib.pbkdf2_hmac("sha256", password, self.salt, self.iterations, 32)
        return self._stretched[known]

    def response(self, kid: str, pin: str, question: str, now: float | None = None) -> str:
        return ocra(self.response_key(kid, pin), question, self.now() if now is None else now)

    # --- How it speaks (section 2) ---

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST to the API, learn the time from the answer, raise `Problem` for every refusal."""
        status, answer, headers = self._post(API + path, body)
        self._learn(answer)
        if status >= 400:
            raise Problem(status, answer, headers)
        return answer

    def _learn(self, answer: Mapping[str, Any]) -> None:
        if self.learns and "server_time" in answer:
            self._correction = answer["server_time"] - (self.clock() + self.ahead)

    def _signed(self, key: Key, kind: str, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        head = {"alg": "ES256", "typ": f"portal-key-{kind}+jwt", **(header or {"kid": key.kid})}
        body = {"aud": self.base_url, "iat": int(self.now()), **claims}
        signed = ".".join(b64(json.dumps(part).encode()) for part in (head, body))
        r, s = decode_dss_signature(key.signing.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def _key(self, kid: str | None) -> Key:
        if kid is not None:
            return self.keys[kid]
        (key,) = self.keys.values()
        return key


def by_http(base_url: str, verify: Any = True) -> Transport:
    """Speak to a running portal; `verify`, whom to believe its certificate."""
    import httpx

    client = httpx.Client(base_url=base_url, trust_env=False, timeout=20, verify=verify)

    def post(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        answer = client.post(path, json=body)
        return answer.status_code, answer.json(), answer.headers

    return post


def by_client(client: Any) -> Transport:
    """Speak straight into Django's test client, without a session of the desk."""

    def post(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        answer = client.post(path, data=json.dumps(body), content_type="application/json")
        return answer.status_code, json.loads(answer.content), answer.headers

    return post


def ocra(key: bytes, question: str, now: float) -> str:
    """OCRA-1:HOTP-SHA256-8:QA06-T1M, and no other suite."""
    suite = b"OCRA-1:HOTP-SHA256-8:QA06-T1M"
    step = struct.pack(">Q", int(now // 60))
    digest = hmac.digest(key, suite + b"\0" + question.encode("ascii") + bytes(128 - len(question)) + step, "sha256")
    (number,) = struct.unpack_from(">I", digest, digest[31] & 15)
    return f"{(number & 0x7FFFFFFF) % 100_000_000:08d}"


def read_code(typed: str) -> str:
    """The code as the page says: case-insensitive, O is 0, I and L are 1, blanks and dashes ignored."""
    folded = unicodedata.normalize("NFKC", typed).upper().replace("O", "0").replace("I", "1").replace("L", "1")
    return "".join(folded.replace("-", "").split())


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785) of what a display holds: texts, lists and ASCII-named members, no numbers."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def unseal(key: ec.EllipticCurvePrivateKey, jwe: str, sender: str, recipient: str) -> bytes:
    """A JWE compact, ECDH-ES with A256GCM and nothing else (RFC 7518, sections 4.6 and 5.3)."""
    head, nothing, iv, text, tag = jwe.split(".")
    header = json.loads(unb64(head))
    expected = {"alg": "ECDH-ES", "enc": "A256GCM", "apu": b64(sender.encode()), "apv": b64(recipient.encode())}
    if nothing or {name: header.get(name) for name in expected} != expected:
        raise ValueError("sealed otherwise, or for another place")
    x, y = (int.from_bytes(unb64(header["epk"][name]), "big") for name in ("x", "y"))
    theirs = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    # One round of the Concat KDF (NIST SP 800-56A, section 5.8.1): 256 bits are one SHA-256.
    said = b"".join(struct.pack(">I", len(part)) + part for part in (b"A256GCM", sender.encode(), recipient.encode()))
    round_one = struct.pack(">I", 1) + key.exchange(ec.ECDH(), theirs) + said + struct.pack(">I", 256)
    return AESGCM(hashlib.sha256(round_one).digest()).decrypt(unb64(iv), unb64(text) + unb64(tag), head.encode())


def public(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    point = key.public_key().public_numbers()
    x, y = (b64(number.to_bytes(32, "big")) for number in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def thumbprint(jwk: dict[str, str]) -> str:
    """The kid of a key (RFC 7638)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return b64(hashlib.sha256(canonical(members)).digest())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
