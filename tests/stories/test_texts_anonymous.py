"""AT-040, R-27: nobody who has not given a right password makes this portal send anything."""

from django.conf import settings

from tests.doors.addresses import ROUTES
from tests.factories import desk
from tests.stories.carried import NUMBER, carry, messages, sent
from twofactor.models import Delivery, Phone

# What somebody who probes would put into any form: numbers, codes, ways, names.
FIELDS = {
    "username": "eli",
    "password": "guessed",
    "country": "HK",
    "kind": "text",
    "code": "123456",
    "texts": "on",
    "method": "sms",
    "phone": NUMBER,
    "to": NUMBER,
    "response": "12345678",
    "next": "/security/phone/",
}


def doors():
    """Every address of the portal, and names of the phone that exist."""
    return sorted({path for _name, path, _is_api in ROUTES if settings.STATIC_URL not in path})


def test_a_thousand_posts_by_nobody_send_nothing(eli, here):
    paths = doors()
    assert {"/sign-in/", "/sign-in/verify/code/again/", "/security/phone/", "/security/phone/test/"} <= set(paths)
    before = sent(way="text"), sent(way="call"), Phone.objects.count(), len(messages())
    for number in range(1_000):
        path = paths[number % len(paths)]
        digits = f"+8525{number:07d}"
        here.post(path, {**FIELDS, "number": digits}, REMOTE_ADDR=f"203.0.113.{number % 250}")
    carry()
    assert (sent(way="text"), sent(way="call"), Phone.objects.count(), len(messages())) == before


def test_nor_do_posts_in_the_forms_of_programs(eli):
    nobody = desk()
    for path in doors():
        nobody.post(path, FIELDS, content_type="application/json")
        nobody.put(path, FIELDS, content_type="application/json", headers={"x-http-method-override": "POST"})
    carry()
    assert not Delivery.objects.filter(kind__in=("sign-in", "confirm"), state="queued").exists()
    assert messages() == []


def test_nor_does_any_address_by_being_read(eli):
    nobody = desk()
    for path in doors():
        nobody.get(path, FIELDS)
        nobody.head(path)
    carry()
    assert messages() == []


def test_a_wrong_password_tells_nothing_of_a_number(eli, handset):
    """AT-092: with a number and without one, the same page."""
    answers = []
    for name in ("eli", "nobody-of-this-name"):
        page = desk().post("/sign-in/", {"username": name, "password": "guessed"})
        answers.append((page.status_code, len(page.content) - len(name)))
        assert "••••" not in page.content.decode()
    assert answers[0] == answers[1]
