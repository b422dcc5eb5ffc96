"""Where Redis is, as one address says it and as each of those reads it who go there."""

import pytest

from accounts import redis

WHOLE = "redis+sentinel://bell:p%40ss@one,two:26380,[::1]:26381/portal?db=3&sentinel_password=else"


@pytest.mark.parametrize("url", ["redis://one:6379/0", "rediss://:word@one/1", "unix:///run/redis.sock?db=1"])
def test_the_address_of_one_server_stays_as_it_is(url):
    assert redis.sentinels(url) is None


def test_a_socket_in_the_file_system_has_another_name_at_the_broker():
    assert redis.broker("unix:///run/redis.sock") == ("redis+socket:///run/redis.sock", {})
    assert redis.broker("redis://one:6379/0") == ("redis://one:6379/0", {})


def test_an_address_of_sentinels_says_whom_to_ask_for_what():
    found = redis.sentinels(WHOLE)
    assert found
    assert found.hosts == (("one", 26379), ("two", 26380), ("::1", 26381))
    assert (found.service, found.db) == ("portal", 3)
    assert found.inside == {"db": 3, "username": "bell", "password": "p@ss"}
    assert found.asked["password"] == "else"


def test_what_is_not_said_is_not_sent():
    found = redis.sentinels("redis+sentinel://one/portal")
    assert found
    assert found.inside == {"db": 0}
    assert "password" not in found.asked


def test_a_client_asks_the_sentinels(settings):
    settings.REDIS_URL = WHOLE
    pool = redis.client(socket_timeout=1).connection_pool
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in asked] == [("one", 26379), ("two", 26380), ("::1", 26381)]
    assert {each["password"] for each in asked} == {"else"}
    assert pool.service_name == "portal"
    assert pool.connection_kwargs["password"] == "p@ss"


def test_the_broker_is_told_to_ask_the_sentinels():
    address, options = redis.broker(WHOLE)
    first, second, third = address.split(";")
    assert first == "sentinel://bell:p%40ss@one:26379/3"
    assert second == "sentinel://bell:p%40ss@two:26380/3"
    assert third == "sentinel://bell:p%40ss@[::1]:26381/3"
    assert options["master_name"] == "portal"


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://one:26379",
        "redis+sentinel://one:26379/a/b",
        "redis+sentinel://one:26379/portal?db=x",
        "redis+sentinel://one:26379/portal?database=1",
        "redis+sentinel://one,,two/portal",
        "redis+sentinel://one:port/portal",
        "redis+sentinel:///portal",
    ],
)
def test_an_address_that_says_too_little_is_refused(url):
    with pytest.raises(ValueError, match=r"."):
        redis.sentinels(url)
