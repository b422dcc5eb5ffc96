"""The portal itself: what it is called, where people reach it, and its secrets."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

from accounts.reading import Environment
from twofactor.protocol.sealing import Keyring

env = Environment()
BASE_DIR = Path(__file__).resolve().parents[2]

PORTAL_DEMO = env.bool("PORTAL_DEMO", default=False)
PORTAL_DEMO_ANYWHERE = env.bool("PORTAL_DEMO_ANYWHERE", default=False)
PORTAL_NAME = env.str("PORTAL_NAME", default="Client Portal")
PORTAL_KEY_NAME = env.str("PORTAL_KEY_NAME", default="Portal Key")
# Whom clients ask for help, as pages name them: a name with a telephone number or a room.
PORTAL_SUPPORT = env.str("PORTAL_SUPPORT", default="")
PORTAL_DATA = Path(env.str("PORTAL_DATA", default="."))
# Where people reach the portal: scheme, host and port. Links, codes and the audience of every statement are made from
# it and never from what a browser claims.
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL").rstrip("/")
PORTAL_AUTHENTICATOR_URL = env.str("PORTAL_AUTHENTICATOR_URL", default=PORTAL_BASE_URL).rstrip("/")
# How many proxies of ours stand in front; forwarded headers are believed from that many hops and no further.
PORTAL_PROXIES = env.int("PORTAL_PROXIES", default=0)
# always, risk or never. NIST SP 800-63B-4 asks for always.
PORTAL_NUMBER_MATCH = env.str("PORTAL_NUMBER_MATCH", default="risk")
PORTAL_ACTIVATION_CONFIRM = env.bool("PORTAL_ACTIVATION_CONFIRM", default=False)
# Days of grace for setting up a second factor; unset: it stays the person's choice.
PORTAL_REQUIRE_SECOND_FACTOR = env.int("PORTAL_REQUIRE_SECOND_FACTOR", default=-1)

# An operator who is alone approves what they have proposed themselves; the day of waiting and the notices stay.
PORTAL_ONE_PERSON_DESK = env.bool("PORTAL_ONE_PERSON_DESK", default=False)

# --- Its addresses -------------------------------------------------------------------------------------------------


def _origin(name: str, address: str) -> SplitResult:
    """The parts of an origin. It is compared letter by letter with what browsers say, so it is written as they do."""
    try:
        parts = urlsplit(address)
        # Only whoever looks at it hears that it is none.
        _port = parts.port
    except ValueError:
        parts = urlsplit("")
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    spelled = f"{parts.scheme}://{(parts.netloc.lower()).removesuffix(usual)}"
    if not usual or not parts.hostname or parts.username or address != spelled:
        raise ImproperlyConfigured(
            f"{name} must be a scheme, a host and perhaps a port, as a browser writes them, such as "
            "https://portal.example"
        )
    return parts


_base = _origin("PORTAL_BASE_URL", PORTAL_BASE_URL)
_apart = _origin("PORTAL_AUTHENTICATOR_URL", PORTAL_AUTHENTICATOR_URL)
if PORTAL_AUTHENTICATOR_URL != PORTAL_BASE_URL and (_apart.hostname == _base.hostname or _apart.scheme != _base.scheme):
    raise ImproperlyConfigured(
        "PORTAL_AUTHENTICATOR_URL must have a host name of its own, and the scheme of PORTAL_BASE_URL: "
        "another port alone shares the cookies."
    )
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTAL_ON_LOOPBACK = all(
    parts.hostname in _LOOPBACK or str(parts.hostname).endswith(".localhost") for parts in (_base, _apart)
)
PORTAL_HOSTS = {str(_base.hostname), str(_apart.hostname)}
# Contract: over plain http on loopback the cookies work for any client; everywhere else they are locked to https.
PORTAL_IS_SECURE = not (_base.scheme == "http" and PORTAL_ON_LOOPBACK)

# --- Secrets: none has a default -----------------------------------------------------------------------------------

SECRET_KEY = env.str("PORTAL_SECRET_KEY")
# Earlier ones, for the days in which a new one takes over: what they have signed still holds (docs/operating.md).
SECRET_KEY_FALLBACKS = env.list("PORTAL_SECRET_KEY_FALLBACKS", default=[])
# Derives codes that are never stored and digests of codes that are looked up.
PORTAL_PEPPER = env.str("PORTAL_PEPPER").encode()
# Earlier ones: the record of their time can be checked, and recovery codes on paper go on being good.
PORTAL_PEPPER_FALLBACKS = [earlier.encode() for earlier in env.list("PORTAL_PEPPER_FALLBACKS", default=[])]
# Seals response keys at rest: "id:key,..." with the current one first.
try:
    PORTAL_KEYRING = Keyring.parse(env.str("PORTAL_FIELD_KEYS"))
except ValueError as _problem:
    raise ImproperlyConfigured(f"PORTAL_FIELD_KEYS cannot be read: {_problem}.") from None
