"""What `make run` prints once the portal answers."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portal.demo import terminal
from portal.demo.doors import Doors
from portal.demo.network import Network

if TYPE_CHECKING:
    from portal.demo.authority import Authority


@dataclass(frozen=True)
class Stand:
    """A demo that is being served: its folder, its doors, what LAN=1 has added, and the keys of other addresses."""

    place: Path
    doors: Doors
    network: Network | None
    authority: Authority | None
    elsewhere: dict[str, list[str]]


def lines(stand: Stand) -> list[str]:
    """The whole screen; it ends with the line "Ready: ..."."""
    base = os.environ["PORTAL_BASE_URL"]
    apart = os.environ.get("PORTAL_AUTHENTICATOR_URL", "").rstrip("/") or base
    name = os.environ.get("PORTAL_NAME") or "Client Portal"
    other = "on the phone" if stand.network else "open it in another browser, or in a private window"
    lead = _lead(stand.network, stand.authority) if stand.network and stand.authority else []
    return [
        "",
        f"  {name}, with made-up people",
        "",
        f"  Portal          {base}/",
        f"  Authenticator   {apart}/authenticator/   ({other})",
        f"  Virtual phone   {base}/demo/phone/   (texts, calls and e-mails arrive here)",
        "  Sign in as      mara, dana or eli (clients), sol (staff), root (superuser)",
        f"  Password        {os.environ['PORTAL_DEMO_PASSWORD']}",
        "",
        f"  Ctrl+C stops it; the data stays in {stand.place}",
        *_reach(stand),
        *_elsewhere(stand.elsewhere),
        *lead,
        "",
        f"Ready: {base}/",
    ]


def _lead(network: Network, authority: Authority) -> list[str]:
    """How a phone gets here. The picture comes last: a small terminal shows the end of what is said."""
    said = [
        "",
        "  Browsers do not know this demo's certificate. This computer's warns once: go on there. A phone has to trust",
        "  it, and the page in the square below says how. What the phone then shows of it (SHA-256) has to be:",
        *(f"      {half}" for half in _halves(authority.fingerprint)),
        f"  It lies in {authority.server_file.parent / 'authority.crt'}",
    ]
    if authority.is_new:
        said.append("  It is new: a phone that trusted an earlier one needs this one, and can drop that.")
    if not network.is_named:
        said += [
            "  Unlocking by fingerprint or face needs a name in place of the address; all else works without one. If",
            "  phones can look one up here (from the router, or by multicast DNS), take it, as in HOST=desk.local",
        ]
    if terminal.can_draw(sys.stdout):
        picture = terminal.square(f"{network.plain_url}/", coloured=terminal.has_colours(sys.stdout))
        said += ["", *(f"  {line}" for line in picture)]
    return [*said, "", f"  A phone in this network scans the square, or opens {network.plain_url}/"]


def _halves(fingerprint: str) -> tuple[str, str]:
    middle = len(fingerprint) // 2
    return fingerprint[:middle], fingerprint[middle + 1 :]


def _reach(stand: Stand) -> list[str]:
    if stand.network:
        return [
            "  Everybody in this network can open this demo and read its virtual phone (LAN=1); the password stands",
            "  on this screen alone.",
        ]
    if not stand.doors.loopback:
        return ["  Everyone who can reach this machine can open this demo (PORTAL_DEMO_ANYWHERE=1)."]
    return ["  For a real phone on the desk, start it with LAN=1."]


def _elsewhere(keys: dict[str, list[str]]) -> list[str]:
    if not keys:
        return []
    return [
        "",
        "  People, numbers and settings are those of before. A key belongs to the address at which it was activated,",
        "  and answers nowhere else:",
        *(f"      {', '.join(names)}: at {address}" for address, names in keys.items()),
        "  Start the demo at that address again, or with FORGET_KEYS=1, which switches these keys off.",
    ]
