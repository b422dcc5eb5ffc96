"""Names of requests: drawn ahead, given once, and never by two processes."""

from __future__ import annotations

import os

from accounts import requests


def test_no_name_is_given_twice() -> None:
    names = [requests.fresh() for _each in range(1000)]
    assert len(set(names)) == 1000
    assert {len(name) for name in names} == {16}


def test_a_process_that_is_split_off_gives_names_of_its_own() -> None:
    requests.fresh()
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, requests.fresh().encode())
        os._exit(0)
    os.wait()
    assert os.read(reading, 16).decode() not in {requests.fresh() for _each in range(100)}
