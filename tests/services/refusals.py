"""Everybody whom the password step refuses, for one reason each, and what a stranger at their own desk is told."""

import re

from tests.factories import PASSWORD
from tests.services.cluster import Cluster, Server
from tests.services.people import Desk, Owner
from tests.services.talk import Answer

_CHANGES = {
    "wrong": "reads = 'en'",
    "inactive": "is_active = false",
    "locked": "is_active = false, locked_at = now(), lock_reason = 'Ticket 4711'",
    "unusable": "password = '!' || password",
    "none": "password = ''",
}
# What differs from visit to visit.
_MASKED = (
    r'name="csrfmiddlewaretoken" value="\w+"',
    r'data-now="[^"]*"',
    r'nonce="[^"]*"',
    r"'nonce-[^']*'",
    r"<time.*?</time>",
)
_OWN = ("content-length", "date", "set-cookie", "retry-after", "x-request-id")


def refused_people(cluster: Cluster) -> dict[str, str]:
    """Usernames, by the reason for which they are refused."""
    names = {"unknown": "nobody-of-this-name"}
    for reason, changes in _CHANGES.items():
        somebody = Owner(cluster)
        cluster.write(f"UPDATE accounts_user SET {changes} WHERE id = %s", somebody.pk)
        names[reason] = somebody.username
    return names


def visit(cluster: Cluster) -> Desk:
    """A stranger's browser, at the first page and from an address of its own."""
    desk = Desk(cluster)
    desk.get("/sign-in/")
    return desk


def attempt(desk: Desk, reason: str, username: str, at: Server | None = None) -> Answer:
    return desk.give_password(username, "not the password" if reason == "wrong" else PASSWORD, at)


def told(answer: Answer, username: str) -> tuple[object, ...]:
    """All that a stranger sees of it: status, headers, cookies and page."""
    page = answer.text.replace(username, "somebody")
    # Each process has an order of its own for the rules of its policy.
    values = {name.lower(): "; ".join(sorted(value.split("; "))) for name, value in answer.headers.items()}
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(values.items()))
    headers = "\n".join(line for line in headers.splitlines() if not line.startswith(_OWN))
    for pattern in _MASKED:
        page, headers = re.sub(pattern, "", page), re.sub(pattern, "", headers)
    cookies = [
        re.sub(r"^(\w+)=[^;]*|expires=[^;]*", r"\1", each) for each in answer.headers.get_all("Set-Cookie") or []
    ]
    return answer.status, headers, tuple(sorted(cookies)), page
