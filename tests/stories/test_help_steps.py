"""Numbered steps of the help: each is walked by a browser test that takes its picture, and shows that picture."""

import json
import re

import pytest
from django.conf import settings

from portal.help.pictures import SIZES
from tests.e2e.guides import articles
from tests.e2e.guides.articles import HELP, LANGUAGES
from tests.e2e.guides.pictures import FOLDER, size_of

GUIDES = settings.BASE_DIR / "tests" / "e2e" / "guides"

every_article = pytest.mark.parametrize("article", articles.articles())


@every_article
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_numbered_step_has_a_name_of_its_own(article, language):
    text = (HELP / language / f"{article}.html").read_text(encoding="utf-8")
    lists = [re.sub(r"<ul>.*?</ul>", "", each, flags=re.DOTALL) for each in re.findall(r"(?s)<ol\b.*?</ol>", text)]
    numbered = sum(each.count("<li") for each in lists)
    names = re.findall(r'<li data-step="([\w-]+)">', "".join(lists))
    assert (len(names), len(set(names))) == (numbered, numbered)


@every_article
def test_both_languages_have_the_same_steps_with_as_many_names(article):
    english, chinese = (articles.steps(article, language) for language in LANGUAGES)
    assert list(english) == list(chinese)
    assert {name for name in english if len(english[name]) != len(chinese[name])} == set()


def test_what_is_outside_the_browser_is_a_step_of_its_article():
    for article, groups in articles.OUTSIDE.items():
        for group in groups:
            assert any(f"{name}-".startswith(f"{group}-") for name in articles.steps(article, "en")), (article, group)


@every_article
def test_a_browser_test_walks_it(article):
    """And that walks every step of the article, in its order, or fails."""
    assert not articles.inside(article, "en") or any(
        f'walk("{article}")' in path.read_text() for path in GUIDES.glob("test_*.py")
    )


def test_there_is_a_picture_of_every_step_and_no_other():
    """`make guides` takes them."""
    wanted = {
        f"{language}/{article}/{name}"
        for language in LANGUAGES
        for article in articles.articles()
        for name in articles.inside(article, language)
    }
    assert {str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.rglob("*.webp")} == wanted


def test_the_pages_know_how_large_each_picture_is():
    pictures = {str(path.relative_to(FOLDER).with_suffix("")): size_of(path) for path in FOLDER.rglob("*.webp")}
    assert json.loads(SIZES.read_text()) == pictures


def test_all_pictures_together_are_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.webp")) < 4_000_000


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_step_shows_its_picture_below_its_words(here, language):
    page = here.get("/help/signing-in/", headers={"accept-language": language}).content.decode()
    step = page[page.index('data-step="password"') : page.index('data-step="notification"')]
    assert re.search(rf'</strong>.*<img src="/static/help/{language}/signing-in/password\.webp"', step, re.DOTALL)
