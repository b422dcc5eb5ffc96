"""The authenticator as an app: what its documents, its manifest and its mark answer."""

import gzip
import json
import re

import pytest
from django.templatetags.static import static
from django.test import Client

from tests.factories import give_password, host
from twofactor.views import shell

ADDRESSES = ["/authenticator/", "/authenticator/screens/", "/authenticator/manifest.webmanifest"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_it_is_compressed_where_the_browser_can_read_that(db, here, path):
    plain = here.get(path)
    packed = here.get(path, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br;q=0, gzip;q=0.0", "vulgar-gzipped"])
def test_it_is_plain_where_the_browser_cannot(db, here, accepted):
    assert "Content-Encoding" not in here.get("/authenticator/", headers={"accept-encoding": accepted})


@pytest.mark.parametrize("path", ADDRESSES)
def test_what_is_compressed_is_the_same_for_everybody(mara, here, path):
    """Nothing of a person, of a session or of what was asked comes back in it: so its length tells nothing (BREACH)."""
    stranger = Client(headers={"host": host()}).get(path).content
    give_password(here, mara)
    here.cookies["csrftoken"] = "x" * 32
    asked = here.get(f"{path}?reflected=by-the-page", headers={"user-agent": "reflected-by-the-page"})
    assert asked.content == stranger
    assert not re.search(rb"csrf|reflected", asked.content)


def test_a_part_of_another_version_is_not_there(db, here):
    version = shell.current().version
    kept = here.get(f"/authenticator/screens/?language=en&version={version}")
    assert "immutable" in kept["Cache-Control"]
    assert "no-store" in here.get("/authenticator/")["Cache-Control"]
    for path in ADDRESSES:
        assert here.get(f"{path}?language=en&version={version[::-1]}").status_code == 404


def test_the_version_changes_with_the_words(settings):
    before = shell.current().version
    settings.PORTAL_KEY_NAME = "Another Key"
    assert shell.current().version != before


def test_both_parts_are_of_one_language_and_the_address_decides_it(db, here):
    for path in ADDRESSES[:2]:
        for language in ("en", "zh-hant"):
            content = here.get(f"{path}?language={language}", headers={"accept-language": "en"}).content.decode()
            assert f'<html lang="{language}">' in content
    here.cookies["authenticator-language"] = "zh-hant"
    assert '<html lang="zh-hant">' in here.get("/authenticator/").content.decode()
    here.cookies["authenticator-language"] = "<script>"
    assert '<html lang="en">' in here.get("/authenticator/").content.decode()


def test_the_manifest_makes_an_app_of_it(db, here, settings):
    settings.PORTAL_KEY_NAME, settings.PORTAL_NAME = "House Key", "The House"
    answer = here.get("/authenticator/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    told = json.loads(answer.content)
    assert told["short_name"] == "House Key"
    assert "The House" in told["name"]
    assert told["display"] == "standalone"
    assert told["id"] == told["start_url"] == "/authenticator/"
    assert "/authenticator/".startswith(told["scope"])
    assert "/a".startswith(told["scope"])


@pytest.mark.parametrize("purpose", ["any", "maskable", "monochrome"])
def test_the_manifest_names_icons_that_are_there(db, here, settings, purpose):
    icons = json.loads(here.get("/authenticator/manifest.webmanifest").content)["icons"]
    found = {icon["sizes"]: icon["src"] for icon in icons if icon["purpose"] == purpose}
    assert set(found) == {"any", "192x192", "512x512"}
    for address in found.values():
        assert (settings.BASE_DIR / "static" / address.removeprefix(static(""))).is_file()


def test_the_mark_outlives_scripts_and_opens_nothing(db, here):
    answer = here.post("/authenticator/mark/", '{"keys":true}', content_type="application/json")
    cookie = answer.cookies["authenticator-mark"]
    assert (cookie["path"], cookie["samesite"], bool(cookie["httponly"])) == ("/authenticator/", "Strict", True)
    assert "data-marked" in here.get("/authenticator/").content.decode()
    assert set(answer.cookies) == {"authenticator-mark"}
    here.post("/authenticator/mark/", '{"keys":false}', content_type="application/json")
    assert "data-marked" not in here.get("/authenticator/").content.decode()


def test_another_host_cannot_set_the_mark(db, here):
    """Only what browsers send to other hosts without asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = here.post("/authenticator/mark/", '{"keys":true}', content_type=kind)
        assert answer.status_code == 415
        assert not answer.cookies


def test_there_is_no_service_worker_before_its_files_are_collected(db, here):
    assert here.get("/authenticator/sw.js").status_code == 404
