"""What may be set in the environment: each variable with what it is for. Its default is the code's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import environ


@dataclass(frozen=True)
class Variable:
    """One line of the page of settings; several names where they only mean something together."""

    names: tuple[str, ...]
    about: str
    # In words, where it is made from other settings or differs in the demo.
    default: str = ""


def _one(names: str, about: str, default: str = "") -> Variable:
    return Variable(tuple(names.split()), about, default)


VARIABLES = (
    _one(
        "PORTAL_BASE_URL",
        "scheme, host and port under which people reach the portal. Links, QR codes and the audience of every signed"
        " statement are made from it. https everywhere but on loopback. Passkeys belong to its host: under another one"
        " they are worth nothing, and browsers have none for a bare number",
    ),
    _one("PORTAL_SECRET_KEY", "signs cookies and tickets; at least 32 characters"),
    _one(
        "PORTAL_SECRET_KEY_FALLBACKS",
        "earlier ones, separated by commas: what they have signed still holds ([below](#changing-a-secret))",
    ),
    _one(
        "PORTAL_PEPPER",
        "derives codes, and the digests by which codes and numbers are known; keys the record; at least 32 characters",
    ),
    _one(
        "PORTAL_PEPPER_FALLBACKS",
        "earlier ones, separated by commas: the record of their time can be checked, recovery codes on paper stay good"
        " ([below](#changing-a-secret))",
    ),
    _one(
        "PORTAL_FIELD_KEYS",
        "seals what is secret in the database: `id:base64url of 32 bytes`, several separated by commas, the current one"
        " first ([below](#changing-a-secret))",
    ),
    _one(
        "PORTAL_AUTHENTICATOR_URL",
        "a host of its own for the authenticator ([below](#the-authenticator-on-a-host-of-its-own))",
        "the base URL",
    ),
    _one("PORTAL_NAME PORTAL_KEY_NAME", "the names people see"),
    _one(
        "PORTAL_SUPPORT",
        "whom clients ask for help, as the pages name them: `our help desk, +852 2123 4567`. Unset: the people who run"
        " this portal",
    ),
    _one(
        "PORTAL_NUMBER_MATCH",
        "`risk`: the number is asked for from a new browser, after a refusal within 24 h, and after a challenge of the"
        " last ten minutes that nobody approved. `always` is what NIST SP 800-63B-4 asks for. `never` takes a"
        " protection away",
    ),
    _one(
        "PORTAL_ACTIVATION_CONFIRM",
        "a new phone shows six digits that must be typed at the desk: closes the one attack that a photographed QR"
        " leaves open",
    ),
    _one(
        "PORTAL_REQUIRE_SECOND_FACTOR",
        "days of grace after which people without a key reach only its activation. Below 0: it stays their choice",
    ),
    _one(
        "PORTAL_ONE_PERSON_DESK",
        "whether whoever proposes something at the support desk may approve it too; the day of waiting and the notices"
        " stay ([below](#the-support-desk))",
    ),
    _one(
        "PORTAL_CARRIERS",
        "who carries texts and calls, in the order in which they are tried: `http`, `twilio`, `apprise`; `console` on a"
        " developer's own machine. None: people can have no number ([below](#texts-calls-and-mail))",
        "unset (demo: `demo`)",
    ),
    _one(
        "PORTAL_COUNTRY PORTAL_COUNTRIES",
        "the portal's own country (two letters), and others to which texts may go, separated by commas. All the rest"
        " are closed",
        "unset (demo: `HK` and others)",
    ),
    _one(
        "PORTAL_TEXTS_WITH_KEY",
        "whether a person with an active key may switch texts on as a second way to sign in",
    ),
    _one(
        "PORTAL_TEXTS_RECOVER",
        "whether a person whose phone with the key is gone may ask for a code by text at a number where texts rest;"
        " needs `PORTAL_TEXTS_WITH_KEY`",
    ),
    _one(
        "PORTAL_TEXT_PRICES PORTAL_CALL_PRICES",
        "what one costs, by country: `*=0.05,HK=0.03`. In any one currency; above 0, and either `*` or every country"
        " that is served is there",
    ),
    _one(
        "PORTAL_MONEY_A_DAY",
        "the most that texts and calls may cost in 24 hours, half of it for numbers to be confirmed; then no more codes"
        " are sent. Notices of changes are counted and go on. Above 0 and below 2,000,000",
    ),
    _one(
        "PORTAL_HTTP_TEXT_URL PORTAL_HTTP_CALL_URL",
        "where the carrier `http` is asked to carry a text, or a call ([below](#the-generic-carrier-http))",
    ),
    _one("PORTAL_HTTP_TOKEN", "by which that carrier knows the portal"),
    _one("PORTAL_HTTP_SECRET", "signs what that carrier reports. Unset: it is not asked to report"),
    _one("PORTAL_TWILIO_ACCOUNT PORTAL_TWILIO_TOKEN PORTAL_TWILIO_FROM", "the carrier `twilio` ([below](#twilio))"),
    _one("PORTAL_TWILIO_API", "where that carrier is, or its region"),
    _one("PORTAL_APPRISE_URL", "the carrier `apprise`: an address with `{to}` in it ([below](#apprise))"),
    _one(
        "PORTAL_MAIL_URL PORTAL_MAIL_FROM",
        "notices and links to a new password by e-mail, as in `smtp+tls://user:password@mail.example:587`. Unset: none"
        ' are sent, the page "Security" alone tells what happened, and whoever has forgotten the password asks the'
        " support desk ([below](#mail))",
    ),
    _one(
        "PORTAL_VAPID_KEY",
        "the key by which push services know this portal: `python manage.py vapid_key` makes one. Unset: no"
        " notifications, questions are seen when the authenticator is open ([below](#notifications))",
    ),
    _one(
        "PORTAL_PUSH_SUBJECT",
        "where the operators of push services reach you: `mailto:` or `https:`",
        "the base URL, if it is https; else `mailto:` and `PORTAL_MAIL_FROM`",
    ),
    _one(
        "PORTAL_PUSH_SERVICES",
        "hosts of push services that may be written to; one that begins with a dot stands for all below it",
        "those of the browsers",
    ),
    _one(
        "PORTAL_PROXIES",
        "how many proxies of yours stand in front. Only so many hops of `X-Forwarded-For` are believed, and"
        " `X-Forwarded-Proto` only if this is not 0 ([below](#in-front-of-it))",
    ),
    _one("PORTAL_TIME_ZONE", "the zone of the times that people read and sign"),
    _one(
        "DATABASE_URL",
        "PostgreSQL 15 or newer for more than one process, on one host or several"
        " ([below](#when-a-database-or-a-redis-dies))",
        "SQLite in `PORTAL_DATA`",
    ),
    _one(
        "REDIS_URL",
        "the bell between processes, and the broker of the workers; one server, or Sentinels who know it"
        " ([below](#when-a-database-or-a-redis-dies)). Unset: one process alone, and no worker",
    ),
    _one(
        "PORTAL_DATABASE_PATIENCE",
        "seconds (0.1 to 3600) that a page waits for the answer to one statement; pages of the staff and workers wait"
        " four times as long ([below](#connections-and-deadlines))",
    ),
    _one(
        "PORTAL_THREADS",
        "threads of a server process that answer pages, 1 or more; each keeps a connection to the database. Passwords"
        " have two more for each core",
    ),
    _one("PORTAL_DATA", "where the database lies, if it is SQLite", "the folder it is started in"),
    _one("PORTAL_STATIC_ROOT", "where the collected static files lie", "`static` in `PORTAL_DATA`"),
    _one("PORTAL_LOG_LEVEL", "of the portal's own log lines on standard error", "`INFO` (demo: `WARNING`)"),
    _one(
        "PORTAL_LOG_FORMAT",
        "`json`: one JSON object on each line, for whatever collects them ([below](#the-log))",
    ),
    _one(
        "PORTAL_METRICS_TOKEN",
        "whoever has it may read the figures of each process ([below](#metrics)). Unset: there is no such page",
    ),
    _one("PORTAL_WORKER_METRICS", "host and port at which a worker shows its own: `127.0.0.1:9108`"),
    _one(
        "PORTAL_DEMO PORTAL_DEMO_ANYWHERE",
        "the demonstration; it serves loopback only, unless the second one is 1. `make run LAN=1` sets it, and brings"
        " https. `PORTAL_DEMO_PASSWORD` is what its people share ([README](../README.md))",
    ),
)


def as_markdown(variables: Iterable[Variable], read: Mapping[str, object]) -> str:
    """The table, a line for each; `read` has the defaults. Raises KeyError for a variable that nobody reads."""
    lines = ["| variable | default | for |", "| --- | --- | --- |"]
    for row in variables:
        names = ", ".join(f"`{name}`" for name in row.names)
        defaults = dict.fromkeys(_in_words(read[name]) for name in row.names)
        about = row.about.replace("|", "\\|")
        lines.append(f"| {names} | {row.default or ', '.join(defaults)} | {about} |")
    return "\n".join(lines)


def _in_words(default: object) -> str:
    if default is environ.Env.NOTSET:
        return "none: it must be set"
    if isinstance(default, bool):
        return "on" if default else "off"
    if default is None or default in ("", [], {}):
        return "unset"
    if isinstance(default, Mapping):
        return ",".join(f"`{name}={value}`" for name, value in default.items())
    return f"`{default}`"
