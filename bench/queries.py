"""`python -m bench.queries NAME`: the statements of one sign-in on the database, step by step, as JSON.

Counted in this process, with Django's test client on the same road, by a person who has no key yet. Counts do not
depend on the machine: a change of theirs is a change of the code.
"""

import json
import re
import sys
from collections import Counter
from typing import Any

import django

from bench.road import PIN
from bench.server import PASSWORD

_FENCES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def main(username: str) -> list[dict[str, Any]]:
    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.pocket import Pocket, by_client

    host = settings.PORTAL_BASE_URL.partition("//")[2]
    desk, line = (Client(headers={"host": host, "user-agent": "Mozilla/5.0 (X11; Linux) Firefox/145.0"}) for _ in "ab")
    phone = Pocket(settings.PORTAL_BASE_URL, by_client(line))
    counted: list[dict[str, Any]] = []

    def step(name: str, act: Any) -> Any:
        with CaptureQueriesContext(connection) as caught:
            done = act()
        kinds = Counter(_kind(query["sql"]) for query in caught.captured_queries)
        counted.append({"step": name, "statements": [query["sql"] for query in caught.captured_queries], **kinds})
        return done

    def sign_in() -> None:
        step("page: sign in", lambda: desk.get("/sign-in/"))
        step("password", lambda: desk.post("/sign-in/", {"username": username, "password": PASSWORD}))
        page = step("page: waiting", lambda: desk.get("/sign-in/verify/"))
        challenge = step("phone looks into its inbox", phone.challenge)
        number = challenge.get("question") or "".join(_find(r'class="digits"[^>]*>\s*(\d{3}\s\d{3})', page).split())
        step("phone tells how far it has come", lambda: phone.seen(challenge, "received"))
        step("phone answers", lambda: phone.approve(challenge, PIN, number))
        step("desk claims", lambda: desk.post("/sign-in/finish/"))
        step("page: home", lambda: desk.get("/"))

    desk.post("/sign-in/", {"username": username, "password": PASSWORD})
    phone.claim(_find(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b", desk.get("/")))
    phone.activate(PIN)
    del desk.cookies["session"]
    sign_in()  # from here on the browser is known
    del desk.cookies["session"]
    counted.clear()
    sign_in()
    return counted


def _find(pattern: str, answer: Any) -> str:
    (found,) = set(re.findall(pattern, answer.content.decode()))
    return str(found)


def _kind(sql: str) -> str:
    verb = sql.lstrip().partition(" ")[0].rstrip(";").upper()
    return "fences" if verb in _FENCES else ("reads" if verb == "SELECT" else "writes")


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
