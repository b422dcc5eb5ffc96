"""`make run LAN=1`: under which name the phones of this network find the demo, and where it listens for them.

One address serves desk and phone alike: signatures name it, and browsers keep keys and passkeys by it.
"""

import contextlib
import ipaddress
import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from portal.demo import doors
from portal.demo.refusal import Refusal

# The port of the portal, and that of the page on plain http that leads to it.
PORT, PLAIN_PORT = 8443, 8000
# Seconds for which a name may be looked up; where nobody answers for it, resolvers try for longer.
LOOK_UP = 2
# An address of documentation (RFC 5737): asking for the way there sends nothing.
_FAR_AWAY = "198.51.100.1"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Network:
    """The portal's name (a host name or an address) and address in this network, and its two doors."""

    name: str
    address: str
    portal: doors.Doors
    plain: doors.Doors

    @property
    def base_url(self) -> str:
        return f"https://{_in_address(self.name)}:{self.portal.port}"

    @property
    def plain_url(self) -> str:
        # By its address: it must open where a name does not, and where a browser has learnt to ask that name by https.
        return f"http://{_in_address(self.address)}:{self.plain.port}"

    @property
    def names(self) -> tuple[str, ...]:
        """What the certificate must hold for: all by which somebody may arrive."""
        named = (self.name, "localhost", self.address, *self.portal.addresses)
        return tuple(dict.fromkeys(name.partition("%")[0] for name in named))

    @property
    def is_named(self) -> bool:
        """Whether browsers take passkeys for it: an address is no name that one could be bound to (WebAuthn 5.1.2)."""
        return not _is_address(self.name)


def join(environment: Mapping[str, str]) -> Network | None:
    """What LAN, HOST, PORT and PLAIN_PORT ask for; None without LAN=1. Raises Refusal."""
    wanted = environment.get("LAN") or "0"
    if wanted == "0":
        return None
    if wanted != "1":
        raise Refusal(f"LAN={wanted} says nothing: LAN=1 opens the demo to your network, LAN=0 does not.")
    if environment.get("PORTAL_BASE_URL"):
        raise Refusal("LAN=1 makes the address itself: leave PORTAL_BASE_URL out, and name the host with HOST=.")
    port = doors.read_port(environment, "PORT", PORT)
    plain = doors.read_port(environment, "PLAIN_PORT", PLAIN_PORT)
    if port == plain:
        raise Refusal(f"PORT and PLAIN_PORT are both {port}: the portal and the page that leads to it need one each.")
    host = (environment.get("HOST") or "").strip("[]").lower()
    name, addresses = _chosen(host) if host else _found()
    # What a phone is shown is better short and known to every network.
    addresses = tuple(sorted(addresses, key=lambda address: ":" in address))
    # Loopback as well: this machine's own browser may get there by another way than the network's.
    listen = tuple(dict.fromkeys([*addresses, *doors.LOCALHOST]))
    portal = doors.free(listen, port, name)
    try:
        return Network(name, addresses[0], portal, doors.free(listen, plain, name))
    except Refusal:
        raise Refusal(
            f"Port {plain}, for the page that leads phones to the portal, is in use: "
            f"choose another as in `make run LAN=1 PLAIN_PORT={plain + 1 if plain < 65535 else 8001}`."
        ) from None


def _chosen(host: str) -> tuple[str, tuple[str, ...]]:
    addresses = doors.resolve(host)
    if _is_address(host) and ipaddress.ip_address(host.partition("%")[0]).is_unspecified:
        raise Refusal(
            f"HOST={host} is no address that a phone could open: name one of this machine's, or leave it out."
        )
    own_name = host != "localhost" and not _is_address(host)
    # Many systems know their own name as an address of loopback, which leads a phone to itself.
    if own_name and all(doors.is_loopback(address) for address in addresses):
        addresses = (_own_address(),)
    return host, addresses


def _found() -> tuple[str, tuple[str, ...]]:
    """The address by which the network reaches this machine; its name there, if it has one that phones can look up."""
    address = _own_address()
    # SECURITY: the password stands on a screen, and texts on a page: such a demo is for a room and not for the world.
    if ipaddress.ip_address(address).is_global:
        raise Refusal(
            f"{address} is an address of the whole internet, and LAN=1 opens the demo to everybody who reaches it: "
            f"choose an address of your own network with HOST=, or this one with HOST={address} if you mean it."
        )
    # Multicast DNS (RFC 6762): phones look such names up in the network itself, without anybody else's server.
    label = socket.gethostname().partition(".")[0].lower()
    name = f"{label}.local"
    return name if _LABEL.fullmatch(label) and address in _look_up(name) else address, (address,)


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_FAR_AWAY, 9))
            address = str(probe.getsockname()[0])
        except OSError:
            address = ""
    if not address or doors.is_loopback(address):
        raise Refusal("This machine has no network that a phone could share: join one, or name an address with HOST=.")
    return address


def _look_up(name: str) -> list[str]:
    found: list[str] = []

    def ask() -> None:
        with contextlib.suppress(OSError):
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(name, None, socket.AF_INET))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(LOOK_UP)
    return list(found)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name
