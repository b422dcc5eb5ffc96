"""The portal as a stranger starts it: one process, its words, its data, its end."""

import os
import re
import subprocess
import sys

from tests.factories import PIN
from tests.pocket import Pocket, by_http
from tests.running.portal import PASSWORD, ROOT, Browser, Portal


def test_the_whole_road_over_http_with_forgery_tokens(portal, desk, phone):
    assert f"Password        {PASSWORD}" in portal.words
    desk.give_password("mara")
    assert desk.path == "/"
    phone.claim(desk.code())
    phone.activate(PIN, label="Mara's Pixel")
    desk.get("/")
    desk.post("/sign-out/")
    desk.give_password("mara")
    assert desk.path == "/sign-in/verify/"
    phone.approve(phone.challenge(), PIN, number=desk.number())
    desk.get("/sign-in/verify/")
    desk.post("/sign-in/finish/")
    assert desk.path == "/"
    assert "Mara" in desk.page


def test_the_record_of_a_running_demo_is_checked_by_a_command(portal, desk):
    desk.give_password("mara")
    done = portal.manage("audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"The record holds: \d+ events, the head is \d+:[0-9a-f]{64}\.\n", done.stdout)


def test_a_command_that_lacks_its_environment_says_so_in_a_sentence():
    path = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "manage.py", "audit", "verify"], cwd=ROOT, env=path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("PORTAL_BASE_URL must be set.")
    assert done.stderr.count("\n") == 1


def test_the_data_outlives_the_process_and_the_end_is_orderly(tmp_path):
    first = Portal(tmp_path, from_nothing=True)
    desk = Browser(first.address)
    phone = Pocket(first.address, by_http(first.address))
    desk.give_password("mara")
    phone.claim(desk.code())
    phone.activate(PIN)
    assert first.stop() == 0, first.words
    assert "Traceback" not in first.words

    second = Portal(tmp_path)
    phone.base_url, phone._post = second.address, by_http(second.address)
    desk = Browser(second.address)
    desk.give_password("mara")
    assert desk.path == "/sign-in/verify/"
    # By hand: the response key that was sealed before is opened again.
    desk.get("/sign-in/verify/manual/")
    desk.post("/sign-in/verify/manual/", response=phone.respond(desk.number(), PIN))
    assert desk.path == "/"
    assert second.stop() == 0, second.words


def test_a_form_without_its_token_or_from_elsewhere_is_refused(portal, desk):
    desk.get("/sign-in/")
    fields = {"username": "dana", "password": PASSWORD}
    assert desk.http.post("/sign-in/", data=fields).status_code == 403
    token = desk.find(r'name="csrfmiddlewaretoken" value="(\w+)"')
    foreign = {"Origin": "https://evil.example"}
    assert (
        desk.http.post("/sign-in/", data={**fields, "csrfmiddlewaretoken": token}, headers=foreign).status_code == 403
    )


def test_the_probes_answer(portal, desk):
    for path in ("/health/live", "/health/ready"):
        answer = desk.get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("application/json")
