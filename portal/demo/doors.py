"""Where the demo listens: on loopback, unless someone insists; and whether it answers there."""

import errno
import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from portal.demo.refusal import Refusal

# Both, because browsers try either for "localhost"; the second only where the machine has it.
LOCALHOST = ("127.0.0.1", "::1")
# Seconds between two looks, and until the screen says that something is wrong.
LOOK_EVERY, GIVE_UP_AFTER = 0.05, 30


@dataclass(frozen=True)
class Doors:
    """The addresses (numeric) and the port to listen on."""

    addresses: tuple[str, ...]
    port: int
    loopback: bool


def choose(environment: Mapping[str, str]) -> Doors:
    """Read HOST, PORT and PORTAL_DEMO_ANYWHERE, and make sure that the port is free. Raises Refusal."""
    port = read_port(environment, "PORT", 8000)
    host = (environment.get("HOST") or "localhost").strip("[]")
    addresses = LOCALHOST if host == "localhost" else resolve(host)
    loopback = all(is_loopback(address) for address in addresses)
    # SECURITY: the demo's passwords are on a screen; nobody beyond this machine may reach it by accident.
    if not loopback and environment.get("PORTAL_DEMO_ANYWHERE") != "1":
        raise Refusal(
            f"The demo listens on this machine only and {host} is reachable from elsewhere: "
            "leave HOST out, or add LAN=1, which opens it to your network by https."
        )
    return free(addresses, port, host)


def free(addresses: tuple[str, ...], port: int, host: str, command: str = "make run") -> Doors:
    """Those of the addresses that this machine has, with a port that is free on each. Raises Refusal.

    command: what was called, so that the refusal says how to call it instead.
    """
    ours = tuple(address for address in addresses if _is_free(address, port, command))
    if not ours:
        raise Refusal(f"This machine has no address {host} to listen on: leave HOST out.")
    return Doors(ours, port, all(is_loopback(address) for address in ours))


def here() -> tuple[str, ...]:
    """The addresses of loopback that this machine has."""
    return tuple(address for address in LOCALHOST if _is_free(address, 0, ""))


def wait_until_answered(doors: Doors, host_header: str, trust: ssl.SSLContext | None = None) -> bool:
    """Ask for /health/live until the portal answers; False when it has not within GIVE_UP_AFTER seconds.

    With `trust` by https: the certificate must then hold for the first of the addresses.
    """
    end = time.monotonic() + GIVE_UP_AFTER
    while time.monotonic() < end:
        if _answers(doors, host_header, trust):
            return True
        time.sleep(LOOK_EVERY)
    return False


def read_port(environment: Mapping[str, str], name: str, usual: int, command: str = "make run") -> int:
    """The port that the variable `name` gives, or the usual one. Raises Refusal."""
    text = environment.get(name) or str(usual)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Refusal(f"{name}={text} is no port: give a number from 1 to 65535, as in `{command} {name}=8001`.")
    return int(text)


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def resolve(host: str) -> tuple[str, ...]:
    """The addresses of a name, or the address itself. Raises Refusal."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refusal(f"HOST={host} is no address of this machine: leave HOST out.") from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_free(address: str, port: int, command: str) -> bool:
    """Whether the port can be had: False where the machine lacks the address, Refusal where the port is taken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refusal(
                f"Port {port} is already in use: stop what runs there, or choose another port "
                f"as in `{command} PORT={port + 1 if port < 65535 else 8001}`."
            ) from None
        if error.errno == errno.EACCES:
            raise Refusal(
                f"Port {port} is not open to you: choose one above 1023 as in `{command} PORT=8000`."
            ) from None
        return False
    return True


def _answers(doors: Doors, host_header: str, trust: ssl.SSLContext | None) -> bool:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(doors.addresses[0], doors.addresses[0])  # noqa: S104 - compared, not bound
    if trust:
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            address, doors.port, timeout=5, context=trust
        )
    else:
        connection = http.client.HTTPConnection(address, doors.port, timeout=5)
    try:
        connection.request("GET", "/health/live", headers={"Host": host_header})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
