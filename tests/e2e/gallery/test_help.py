"""The help, the check of a browser, and pages that say that something is wrong."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from portal.help.articles import ARTICLES

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = pytest.mark.long

ERRORS = ("400", "403", "403_csrf", "404", "405", "429", "500", "503")


def test_the_help(transactional_db, window, stop):
    page = window(None, "/help/")
    stop("help/index", page)
    for words, name in (("PIN", "found"), ("zeppelin", "nothing-found")):
        page.goto(f"/help/?q={words}")
        stop(f"help/{name}", page)
    for slug in ARTICLES:
        page.goto(f"/help/{slug}/")
        if slug == "this-browser":
            page.locator("self-check [data-state]").first.wait_for(state="attached")
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        stop(f"help/{slug}", page)


def test_what_is_wrong(transactional_db, shown, stop, language):
    """Rendered without a request, as most of them are: whatever broke may be what a request needs."""
    with translation.override(language):
        answers = {name: render_to_string(f"{name}.html", {"retry_after": 30}) for name in ERRORS}
    for name, html in answers.items():
        stop(f"error/{name}", shown(html))
