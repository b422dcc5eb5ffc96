"""Everything that reads what people and devices type: what comes out has one form, whatever went in."""

import ipaddress
import json
import re
import sys
import unicodedata
from urllib.parse import urljoin, urlsplit

import httpx
import phonenumbers
import pytest
from django.conf import settings
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from accounts import browser, limits, temporary
from accounts.doors import local_page
from accounts.models import normal_username
from tests.fuzz.much import tries
from twofactor import live, numbers
from twofactor.gateways import webpush
from twofactor.protocol import activation, ocra, statements, typed
from twofactor.protocol.encoding import b64url, json_object, unb64url

DIGITS = [sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign)[0] == "N"]
SEPARATORS = " \u00a0\u2003-\u2010\u2013\u2212\u00ad\u200b\ufeff\t\u3000"
wide = {ord(sign): ord(sign) + 0xFEE0 for sign in map(chr, range(0x21, 0x7F))}


def spelled(text):
    """Ways to write a code: grouped by anything, in full-width forms, in small letters."""
    between = st.lists(st.sampled_from(["", "", *SEPARATORS]), min_size=len(text), max_size=len(text))
    forms = st.sampled_from([str, str.lower, lambda part: part.translate(wide)])
    return st.builds(
        lambda gaps, form: "".join(gap + sign for gap, sign in zip(gaps, form(text), strict=True)), between, forms
    )


codes = st.text(alphabet=activation.ALPHABET, min_size=12, max_size=12)


# --- What people type ---


@tries(60, 20_000)
@given(codes.flatmap(lambda code: st.tuples(st.just(code), spelled(code))))
def test_a_code_has_one_form_however_it_is_written(pair):
    code, written = pair
    read = activation.read_code(written)
    assert read == (code if len(written) <= typed.LONGEST else None)


@tries(60, 20_000)
@given(st.text())
def test_what_is_read_is_read_again_as_itself(text):
    for read in (activation.read_code, ocra.read_response, ocra.read_number, temporary.read):
        found = read(text)
        assert not found or (found.isascii() and read(found) == found)


def test_no_digit_of_another_script_is_a_digit():
    """AT-038, R-20: full-width and other forms of 0 to 9 are these; no other sign that stands for a number is."""
    for sign in DIGITS:
        plain = unicodedata.normalize("NFKC", sign)
        meant = plain * 8 if len(plain) == 1 and plain in "0123456789" else None
        assert ocra.read_response(sign * 8) == meant, f"U+{ord(sign):04X}"
        assert ocra.read_response("1" * 7 + sign) == (meant and "1" * 7 + plain)


@tries(60, 20_000)
@given(st.text(max_size=80))
def test_a_name_has_one_form(text):
    """AT-095: whoever is counted under a name is counted under one."""
    assert normal_username(normal_username(text)) == normal_username(text)


@tries(100, 20_000)
@given(st.sampled_from(["HK", "US", "GB", "IN", "FR", "IT"]), st.data())
def test_a_telephone_number_has_one_form_however_it_is_written(country, data):
    """AT-041: one number, one budget."""
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    base = data.draw(st.sampled_from([e164, f"00{e164[1:]}", national]))
    gap = data.draw(st.sampled_from(["", " ", "-", "\u2011", "\u00a0", "\u200e", "\u3000"]))
    written = base[:2] + "".join(sign + gap * data.draw(st.booleans()) for sign in base[2:])
    written = data.draw(st.sampled_from([written, written.translate(wide)]))
    if len(written) <= 40:
        assert numbers.read(written, country, {country}).e164 == e164


@tries(100, 20_000)
@given(st.text(alphabet="+0123456789 ()-./;,#*xeX٣８²\u202e", max_size=45) | st.text(max_size=45))
def test_what_is_read_as_a_number_is_one(text):
    """AT-042."""
    try:
        number = numbers.read(text, "HK", {"HK", "US"})
    except numbers.BadNumber:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number.e164)
    assert number.country in ("HK", "US")
    assert numbers.read(number.e164, "FR", {"HK", "US"}) == number
    assert number.e164 not in repr(number)


# --- What browsers send ---


def as_a_browser_reads(page):
    """Where a browser goes from our site: it drops line ends and tabs, and takes a backslash for a slash."""
    page = re.sub(r"[\t\r\n]", "", page.strip("".join(map(chr, range(0x21)))))
    return urlsplit(urljoin("https://portal.example/", page.replace("\\", "/")))


odd = [*"/\\\t\n\r :@.%?#;&=[]\0\x01a", "//", "evil.example", "https", "javascript", "%2f", "%5c", "\u2028", "．", "／"]
pages = st.lists(st.sampled_from(odd), max_size=10).map(lambda parts: "/" + "".join(parts))


@tries(200, 20_000)
@given(pages | st.text(max_size=600))
def test_a_page_to_go_on_to_is_on_this_site_for_every_browser(given):
    """AT-077, R-73."""
    page = local_page(given)
    assert page in (given, "")
    if page:
        there = as_a_browser_reads(page)
        assert (there.scheme, there.netloc) == ("https", "portal.example")


@tries(100, 20_000)
@given(
    st.text(max_size=700)
    | st.lists(
        st.sampled_from(["Chrome/", "Version/1.", "Safari/", "iPhone", "\n", "<", "Edg/", "a" * 100]), max_size=12
    ).map(" ".join)
)
def test_of_a_browser_only_names_of_our_own_are_kept(agent):
    """AT-075, AT-126."""
    product, system = browser.named(agent)
    assert product in {"", *(name for name, _pattern in browser._BROWSERS)}
    assert system in {"", *(name for name, _pattern in browser._SYSTEMS)}


addresses = st.ip_addresses().map(str) | st.text(alphabet='0123456789abcdef.:%,[] "=for', max_size=40)


@tries(150, 20_000)
@given(
    st.integers(0, 3),
    st.lists(addresses, max_size=4),
    st.ip_addresses().map(str),
    st.lists(st.ip_addresses().map(str), min_size=3, max_size=3),
)
def test_only_what_our_own_proxies_have_added_names_the_client(proxies, claimed, peer, added):
    """AT-097, R-52: whatever a client writes in front, its address stays the one that the farthest proxy saw."""
    before, settings.PORTAL_PROXIES = settings.PORTAL_PROXIES, proxies
    try:
        hops = [*claimed, *added[: proxies or None]]
        forged = {"HTTP_X_REAL_IP": claimed[0] if claimed else "", "HTTP_FORWARDED": "for=192.0.2.9"}
        request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=",".join(hops), **forged)
        assert limits.client_address(request) == (added[0] if proxies else peer)
    finally:
        settings.PORTAL_PROXIES = before


@tries(100, 20_000)
@given(st.text(max_size=60) | addresses)
@example("fe80::1%eth0")
def test_an_address_is_one_that_a_column_takes_or_none(text):
    request = RequestFactory().get("/", REMOTE_ADDR=text)
    found = limits.client_address(request)
    if found is not None:
        assert ipaddress.ip_address(found).compressed == found
        assert "%" not in found
    assert limits.network(found)


@tries(60, 10_000)
@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_one_subscriber_is_one_network(address, host):
    """P-24: whatever somebody takes of their own /64; and an IPv4 address in the clothes of IPv6 is itself."""
    other = ipaddress.IPv6Address((int(address) >> 64 << 64) | host)
    if not address.ipv4_mapped and not other.ipv4_mapped:
        assert limits.network(str(address)) == limits.network(str(other))
    v4 = ipaddress.IPv4Address(host % 2**32)
    assert limits.network(f"::ffff:{v4}") == limits.network(str(v4)) == str(v4)


# --- What devices send ---


allowed = st.sampled_from(["https://fcm.googleapis.com/fcm/send/abc", "https://web.push.apple.com/QGuQ"])
put_in = [*"@:\\/#?.[]x\t;\u3002．ⓖ", "//", "%2f", "%00", "evil.example", ":8080", "127.0.0.1", "xn--"]
endpoints = st.builds(
    lambda base, at, what: base[:at] + what + base[at:], allowed, st.integers(0, 40), st.sampled_from(put_in)
)


@tries(200, 20_000)
@given(endpoints | st.text(max_size=60).map("https://".__add__))
def test_what_may_be_pushed_to_is_where_the_client_goes(endpoint):
    """AT-120: our reading of the address and that of the library which connects are one."""
    if webpush.is_allowed(endpoint):
        url = httpx.URL(endpoint)
        listed = settings.PORTAL_PUSH_SERVICES
        assert any(url.host == name or (name[0] == "." and url.host.endswith(name)) for name in listed)
        assert url.host == urlsplit(endpoint).hostname
        assert (url.scheme, url.port or 443, url.userinfo) == ("https", 443, b"")


@tries(100, 20_000)
@given(st.text(alphabet="abcXYZ019-_=+/. \u0660", max_size=30) | st.binary(max_size=30).map(b64url))
def test_equal_bytes_are_equal_text(text):
    try:
        data = unb64url(text)
    except statements.Refused:
        return
    assert b64url(data) == text


@tries(100, 20_000)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,0123456789eE.-+ntfalse\\u0', max_size=40).map(str.encode))
def test_what_is_read_as_an_object_is_plain(data):
    try:
        found = json_object(data)
    except statements.Refused:
        return
    assert isinstance(found, dict)
    assert json_object(json.dumps(found).encode()) == found


@tries(60, 20_000)
@given(st.text(max_size=120))
def test_no_ticket_is_believed_that_we_have_not_signed(text):
    ours = live.ticket(live.DESK, "x")
    assert live.read_ticket(live.DESK, text) is None
    assert live.read_ticket(live.PERSON, ours) is None
    assert live.read_ticket(live.DESK, ours[:-1] + chr(ord(ours[-1]) ^ 1)) is None
    assert live.read_ticket(live.DESK, ours) == "x"


# --- Long ones (AT-128) ---

LONG_TEXTS = [
    "9" * 1_000_000,
    "-" * 1_000_000,
    "\u3000" * 1_000_000,
    "e\u0301" * 500_000,
    "a.b.c" * 200_000,
    "\ufdfa" * 500_000,
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", LONG_TEXTS, ids=range(len(LONG_TEXTS)))
def test_a_million_characters_are_refused_and_not_worked_through(text):
    """AT-128, AT-038: the length is looked at before anything else. The limit of time names what hangs."""
    for read in (activation.read_code, ocra.read_response, ocra.read_number, temporary.read):
        assert not read(text)
    with pytest.raises(numbers.BadNumber) as long:
        numbers.read(text, "HK", {"HK"})
    assert long.value.reason == "long"
    assert local_page("/" + text) == ""
    assert browser.named(text) == ("", "")
    for judged in (statements.read_kid, statements.introduced):
        with pytest.raises(statements.Refused):
            judged(text)
