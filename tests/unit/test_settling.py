"""Settled templates say what they would say anyway, in whichever language, and blocks can still be filled anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from portal.settling import QuietBlock, Said
from tests.unit.test_folding import LIBRARIES, PAGES, engine, shown

_KEPT, _SETTLED = "django.template.loaders.cached.Loader", "portal.settling.Loader"


def settled(folder: Path, **files: str) -> Engine:
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text)
    return engine(folder, "portal.folding.Loader", _SETTLED, builtins=["django.templatetags.i18n"])


@pytest.mark.parametrize("language", ["en", "zh-hant"])
@pytest.mark.parametrize("name", PAGES)
def test_a_settled_page_says_what_it_said_before(name: str, language: str) -> None:
    with translation.override(language):
        plain, ours = (
            shown(engine(settings.BASE_DIR / "templates", "portal.folding.Loader", kept), name)
            for kept in (_KEPT, _SETTLED)
        )
    assert ours == plain


def test_words_that_never_change_are_one_piece_for_each_language(tmp_path: Path) -> None:
    template = settled(tmp_path, page='<p>{% translate "Sign in" %}, {% translate "Password" %}</p>').get_template(
        "page.html"
    )
    assert [type(node) for node in template.nodelist] == [Said]
    words = {}
    for language in ("en", "zh-hant", "en"):
        with translation.override(language):
            words[language] = template.render(Context())
    assert words["en"] == "<p>Sign in, Password</p>"
    assert words["zh-hant"] not in ("", words["en"])


@pytest.mark.parametrize(
    "text",
    [
        "{% translate word %}",
        '{% translate "Sign in" as kept %}{{ kept }}',
        '{% translate "Sign in"|upper %}',
        "{% blocktranslate %}Sign in, {{ word }}{% endblocktranslate %}",
        "{% blocktranslate count number=number %}one{% plural %}many{% endblocktranslate %}",
    ],
)
def test_words_that_a_page_gives_are_asked_for_on_each_page(tmp_path: Path, text: str) -> None:
    template = settled(tmp_path, page=text).get_template("page.html")
    first, second = ({"word": "Password", "number": 1}, {"word": "Help", "number": 2})
    with translation.override("en"):
        plain = Engine(libraries=LIBRARIES, builtins=["django.templatetags.i18n"]).from_string(text)
        assert [template.render(Context(each)) for each in (first, second)] == [
            plain.render(Context(each)) for each in (first, second)
        ]
    assert not any(isinstance(node, Said) for node in template.nodelist)


def test_a_block_can_be_filled_anew_and_its_frame_is_none_the_wiser(tmp_path: Path) -> None:
    html = settled(
        tmp_path,
        page='{% extends "frame.html" %}{% block a %}<i>{{ block.super }}</i>{% endblock %}',
        frame="<b>{% block a %}frame {{ word }}{% endblock %}</b>",
    )
    assert html.get_template("page.html").render(Context({"word": "&"})) == "<b><i>frame &amp;</i></b>"
    assert html.get_template("frame.html").render(Context({"word": "&"})) == "<b>frame &amp;</b>"
    assert isinstance(html.get_template("frame.html").nodelist[1], QuietBlock)


def test_what_a_block_keeps_under_a_name_stays_in_it(tmp_path: Path) -> None:
    page = '{% block a %}{% if word %}{% translate "Sign in" as word %}{% endif %}{{ word }}{% endblock %}, {{ word }}'
    html = settled(tmp_path, page=page).get_template("page.html")
    assert html.render(Context({"word": "outside"})) == "Sign in, outside"


def test_a_page_of_another_kind_stays_as_it_is_written(tmp_path: Path) -> None:
    page = '{% block a %}{% cycle "x" "y" as turn %}{% endblock %}{{ turn }}'
    assert settled(tmp_path, page=page).get_template("page.html").render(Context()) == "x"
