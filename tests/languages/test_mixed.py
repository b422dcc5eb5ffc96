"""Nobody meets two languages on one page: every page there is, read in Chinese; and no Chinese among the English."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client

from tests.doors.addresses import ROUTES
from tests.factories import desk, give_password
from tests.languages.reading import Page
from tests.stories.app_codes import set_up
from tests.stories.carried import carry, given_number
from tests.stories.desks import staff
from tests.stories.recovering import sheet_of
from tests.stories.ways import sign_in, sign_out
from tests.stories.webauthn import add_passkey
from tests.unit.test_words import HELP, PLACEHOLDER, sayings, written

ROOT = settings.BASE_DIR
LATIN = re.compile(r"[A-Za-z][\w.-]*[A-Za-z0-9]", re.ASCII)
CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")

# What is called alike everywhere: products, techniques, units, and the people of the demo and of these tests.
NAMES = set(
    """
    Android App Chrome Chromium ChromeOS Client Cookie Dock Edge Face Firefox Google Hello Helper ID Internet JavaScript
    Key Linux Mac Mail Portal Safari Samsung Session Touch Windows iOS iPad iPadOS iPhone macOS Alerts Center
    Notification CA HK HMAC HOST IndexedDB LAN P-256 PBKDF2 PIN PORTAL_PROXIES PRF QR SHA-256 SIM SMS UTC VPN WebAuthn
    WebCrypto WebOTP WebSocket Wi-Fi X-Forwarded-For abcd authenticator http https ms portal-demo.crt push
    service worker Tab Shift Enter WCAG AA English dana eli mara root sol Lee Mara Root Pixel Laptop client.example
    """.split()  # noqa: SIM905 - so many lines are no list to read
)


# Addresses, places for values, what was drawn by lot, and limits, which staff know by their names in the policy.
NO_WORDS = re.compile(r"\S+@\S+|https?://\S+|^/[\w/#-]+$|\{\w+\}|[\w-]{20,}\S*|[\w-]+/\d+[smhd]\b", re.ASCII)


def strange(words: str) -> list[str]:
    """The words in Latin letters that are no names."""
    return [word for word in LATIN.findall(NO_WORDS.sub(" ", words)) if word not in NAMES]


# --- What is written ---


def test_chinese_sentences_hold_no_english_words():
    said = [PLACEHOLDER.sub("", text) for entry in written() for text in sayings(entry)]
    # How a date is written is code.
    assert {text for text in said if strange(text) and "H:i" not in text} == set()


@pytest.mark.parametrize("article", sorted((HELP / "zh-hant").glob("*.html")), ids=lambda path: path.stem)
def test_chinese_articles_hold_no_english_words(article):
    source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", article.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert {words for _language, words in Page(source).pieces if strange(words)} == set()


def test_english_sources_hold_no_chinese():
    """Beside the lists that are in both languages."""
    both = {"numbers.py", "pairs.py", "search.py", "0003_filter_contacts.py", "messages.js"}
    sources = [
        path
        for folder, ending in (
            ("accounts", "py"),
            ("applications", "py"),
            ("portal", "py"),
            ("twofactor", "py"),
            ("templates", "html"),
            ("static", "js"),
        )
        for path in (ROOT / folder).rglob(f"*.{ending}")
        if path.name not in both and not {"zh-hant", "zh_Hant", "vendor"} & set(path.parts)
    ]
    assert len(sources) > 300
    assert [path.name for path in sources if CJK.search(path.read_text(encoding="utf-8"))] == []


# --- What is served ---

# Codes of the record, groups of the staff and permissions are names in the database; the others are django's own.
OF_STAFF = re.compile(
    r"\b[a-z]+(?:[.-][a-z]+)+(?: ok)?\b|^[›\s]*[a-z]+$"
    r"|Security officer|Application manager|Support\b|Can (?:add|change|delete|view) |object \(\d+\)"
    r"|Search|True|False|Control|Command"
    r"|^[A-Z]{2}$| \([A-Z]{2}\)$"
)


def chinese() -> Client:
    return desk(accept_language="zh-HK")


def pages(browser: Client, wanted: Callable[[str], object]) -> Iterator[tuple[str, Page]]:
    """Every page of a certain kind that opens to this browser, whatever its status."""
    for path in sorted({path for name, path, is_api in ROUTES if not is_api and name != "sign-out"}):
        answer = browser.get(path) if wanted(path) else None
        if answer is not None and answer.content and "html" in answer["Content-Type"] and "Location" not in answer:
            yield path, Page(answer.content.decode())


def mixed(browser: Client, wanted: Callable[[str], object] = str) -> dict[str, object]:
    """What these pages show in English under Chinese, by their address."""
    read = dict(pages(browser, wanted))
    assert len(read) > 10
    assert {path: page.language for path, page in read.items() if page.language != "zh-hant"} == {}
    found = {
        path: [words for language, words in page.pieces if language == "zh-hant" and strange(words)]
        for path, page in read.items()
    }
    return {path: words for path, words in found.items() if words}


def is_for_clients(path: str) -> bool:
    return not path.startswith("/admin/")


def test_a_stranger_reads_one_language(db):
    assert mixed(chinese(), is_for_clients) == {}


def test_a_client_reads_one_language(handset, one_clock, mara, pocket):
    browser = chinese()
    sign_in(browser, mara, pocket)
    given_number(mara)
    add_passkey(browser)
    set_up(browser)
    sheet_of(browser)
    carry()
    assert mixed(browser, lambda path: path.startswith(("/security/", "/help/texts")) or path == "/") == {}
    sign_out(browser)
    give_password(browser, mara)
    assert mixed(browser, lambda path: path.startswith("/sign-in/")) == {}


def test_staff_read_one_language(handset, one_clock, mara, pocket):
    browser = staff("root", "", is_superuser=True)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-TW"
    # Groups are lists of permissions; contacts are kept by the staff, in both languages.
    found = mixed(browser, lambda path: re.match(r"/admin/(?!auth/|twofactor/filtercontact/)", path))
    ours = {path: [words for words in each if strange(OF_STAFF.sub("", words))] for path, each in found.items()}
    assert {path: words for path, words in ours.items() if words} == {}
