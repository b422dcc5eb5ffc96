"""What may be set in the environment, and the page that says so."""

import re
from pathlib import Path

from django.conf import settings

from twofactor.reference.pages import standing
from twofactor.reference.variables import VARIABLES, as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"


def names() -> list[str]:
    return [name for row in VARIABLES for name in row.names]


def test_the_page_has_the_table_that_the_code_prints():
    """`manage.py variables --write docs/operating.md` writes what stands between the marks."""
    assert standing(PAGE, "variables") == as_markdown(VARIABLES, settings.PORTAL_VARIABLES)


def test_every_variable_that_the_settings_read_is_in_the_table_once():
    assert sorted(names()) == sorted(settings.PORTAL_VARIABLES)


def test_what_must_be_set_says_so():
    needed = {"PORTAL_BASE_URL", "PORTAL_SECRET_KEY", "PORTAL_PEPPER", "PORTAL_FIELD_KEYS"}
    lines = [line for line in standing(PAGE, "variables").splitlines() if "none: it must be set" in line]
    assert {line.split("`")[1] for line in lines} == needed


def test_every_reference_within_the_page_leads_to_one_of_its_chapters():
    text = PAGE.read_text()
    chapters = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in headings(text)}
    assert set(re.findall(r"\(#([\w-]+)\)", text)) <= chapters


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ .*$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
