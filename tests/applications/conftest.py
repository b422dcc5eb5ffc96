"""An application that nobody here wrote, and people at their desks and phones who sign in to it."""

from functools import cache
from itertools import count

import pytest
from django.contrib.auth.models import Group
from jwcrypto.jwk import JWK

from applications.models import signing
from tests.applications.rp import Party, registered
from tests.factories import desk, person
from tests.stories.conftest import (
    cheap,
    clock,
    codes,
    eli,
    handset,
    here,
    known,
    laptop,
    mara,
    one_clock,
    others,
    pocket,
    pocket_of_eli,
)
from tests.stories.ways import activated, sign_in

__all__ = [
    "cheap",
    "clock",
    "codes",
    "eli",
    "handset",
    "here",
    "known",
    "laptop",
    "mara",
    "one_clock",
    "others",
    "pocket",
    "pocket_of_eli",
]


@pytest.fixture(autouse=True)
def one_pair(monkeypatch):
    """Making a key takes a tenth of a second: each test has the same first one, and the same next ones."""
    monkeypatch.setattr(signing, "_made", _made(count()))


def _made(numbers):
    return lambda: _pair(next(numbers))


@cache
def _pair(_number):
    return JWK.generate(kty="RSA", size=2048)


@pytest.fixture
def party(db):
    """Trading Web, one of the portal's own applications."""
    return Party(registered())


@pytest.fixture
def stranger(db):
    """News Reader, somebody else's application, with pages of its own and no secret."""
    return Party(
        registered(
            "News Reader", client_type="public", skip_authorization=False, redirect_uris="https://news.example/back"
        )
    )


@pytest.fixture
def inside(mara, pocket, here):
    """Mara's browser, signed in with her key."""
    sign_in(here, mara, pocket)
    return here


@pytest.fixture
def manager(db):
    """Kim of the staff, whose role is to manage applications, at a desk."""
    kim = person("kim", is_staff=True)
    kim.groups.add(Group.objects.get(name="Application manager"))
    browser = desk()
    activated(browser, kim)
    return browser


@pytest.fixture
def dana(db):
    return person("dana")


@pytest.fixture
def phone_of_dana(dana, handset):
    return activated(desk(), dana)
