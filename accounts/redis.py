"""Redis by its address: one server, or whichever of several their Sentinels name as the master.

    redis://:password@host:6379/0, rediss://..., unix:///path/redis.sock
    redis+sentinel://:password@one:26379,two:26379,three:26379/service?db=0

The broker and a client of ours are each told of it in another way; this is the one place that reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from redis import Redis

_SENTINEL = "redis+sentinel"
FORM = "redis://HOST:PORT/NUMBER, rediss:// likewise, unix:///PATH or redis+sentinel://HOST:PORT,HOST:PORT/SERVICE?db=NUMBER"
_USUAL_PORT = 26379
# Seconds for a Sentinel to answer: another one knows the same.
_ASKED = {"socket_timeout": 1, "socket_connect_timeout": 1}


@dataclass(frozen=True)
class Sentinels:
    """Whom to ask, for which service, and how to come in there."""

    hosts: tuple[tuple[str, int], ...]
    service: str
    db: int
    username: str | None
    password: str | None = field(repr=False)
    # Of the Sentinels themselves, where they want one.
    sentinel_password: str | None = field(repr=False)

    @property
    def inside(self) -> dict[str, Any]:
        """What a connection to the master is opened with."""
        known = {"db": self.db, "username": self.username, "password": self.password}
        return {name: value for name, value in known.items() if value is not None}

    @property
    def asked(self) -> dict[str, Any]:
        """What a connection to a Sentinel is opened with."""
        return _ASKED | ({"password": self.sentinel_password} if self.sentinel_password else {})


def sentinels(url: str) -> Sentinels | None:
    """Those that the address names; None where it is that of a server. Raises ValueError."""
    scheme, _, rest = url.partition("://")
    if scheme != _SENTINEL:
        return None
    # By hand: some versions of Python refuse a list of hosts with one in brackets.
    named, _, rest = rest.partition("/")
    parts = urlsplit(f"{_SENTINEL}://hosts/{rest}")
    who, _, hosts = named.rpartition("@")
    username, _, password = who.partition(":")
    asked = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    service, db = unquote(parts.path.strip("/")), asked.pop("db", "0")
    sentinel_password = asked.pop("sentinel_password", None)
    if not service or "/" in service or not db.isdecimal() or asked:
        raise ValueError(f"it must be {_SENTINEL}://HOST:PORT,HOST:PORT/SERVICE?db=NUMBER")
    found = tuple(_host(each) for each in hosts.split(","))
    return Sentinels(found, service, int(db), unquote(username) or None, unquote(password) or None, sentinel_password)


def _host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("one of its hosts has no name")
    return parts.hostname, parts.port or _USUAL_PORT


def broker(url: str) -> tuple[str, dict[str, Any]]:
    """The address as Celery reads it, and what its transport has to know beside it. Raises ValueError."""
    named = sentinels(url)
    if named is None:
        _look_at(url)
        # A socket in the file system has another name there.
        return url.replace("unix://", "redis+socket://", 1), {}
    who = f"{quote(named.username or '', '')}:{quote(named.password, '')}@" if named.password else ""
    hosts = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in named.hosts)
    address = ";".join(f"sentinel://{who}{host}/{named.db}" for host in hosts)
    return address, {"master_name": named.service, "sentinel_kwargs": named.asked | _once()}


def _look_at(url: str) -> None:
    """Raise ValueError where this is no server's address: the library would look for one on this machine."""
    parts = urlsplit(url)
    where = {"redis": parts.hostname, "rediss": parts.hostname, "unix": parts.path}
    if not where.get(parts.scheme):
        raise ValueError("no address of a server")
    # Raises where it is no number.
    _port = parts.port


def client(**options: Any) -> Redis:
    """A client of the server at REDIS_URL, with the master's address of this moment. Only where REDIS_URL is set.

    Whoever meets an error makes a new one: the library's own would try the dead master again (redis-py 8.1, its issue
    3874).
    """
    from redis import Redis, Sentinel

    named = sentinels(settings.REDIS_URL)
    if named is None:
        return Redis.from_url(settings.REDIS_URL, **options)
    asking: Any = Sentinel(list(named.hosts), sentinel_kwargs=named.asked | _once())  # type: ignore[no-untyped-call]
    master: Redis = asking.master_for(named.service, **{**named.inside, **options})
    return master


def _once() -> dict[str, Any]:
    """How Sentinels are asked: the next one knows the same. The library would take a quarter of a minute to give up."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return {"retry": Retry(NoBackoff(), 0)}
