"""The sign-in that the README shows, drawn by `make gallery`."""

from pathlib import Path

import pytest

from tests.e2e.gallery.conftest import FOLDER
from tests.e2e.gallery.film import Film
from tests.e2e.screens import Desk
from tests.given import PIN

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"


@pytest.mark.skipif(not FOLDER, reason="a picture for the README: make gallery")
def test_the_film_of_a_sign_in(active, phone, window, language):
    if language != "en":
        pytest.skip("the README is in English")
    desk = Desk(window(viewport={"width": 860, "height": 600}))
    phone.open()
    desk.page.goto("/sign-in/")
    film = Film(desk.page, phone.page)
    desk.page.get_by_label("Username").fill("mara")
    desk.page.get_by_label("Password").fill("not the one she has")
    film.take("A username and a password, in any browser.")
    desk.give_password("mara")
    number = desk.number()
    phone.expect_asked()
    film.take("The phone says who asks, and from where.")
    phone.field("Number shown on the sign-in page").fill(number)
    film.take("In a new browser, a number is carried over.")
    phone.field("PIN").fill(PIN)
    film.take("A PIN, which only the portal can judge; or a finger, or a face.")
    # What was typed was painted over for the pictures.
    phone.field("Number shown on the sign-in page").fill(number)
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    desk.expect_signed_in()
    phone.expect_idle()
    film.take("The desk moves on by itself.")
    film.develop(window(viewport={"width": 912, "height": 560}), PICTURES / "sign-in.webp")
