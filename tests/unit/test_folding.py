"""Folded templates say what their sources say, in fewer parts; only blanks between tags are fewer."""

import re
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.template import Context, Engine
from django.urls import reverse

from twofactor.forms import SignIn

# What people see on the way in, each of which stands on the frame of all pages.
PAGES = ["home.html", "503.html", *(f"signin/{name}.html" for name in ("password", "verify", "manual", "code", "totp"))]


LIBRARIES = {
    "i18n": "django.templatetags.i18n",
    "static": "django.templatetags.static",
    "helping": "portal.help.tags",
}


def engine(folder: Path, loader: str, kept: str = "django.template.loaders.cached.Loader", **more: Any) -> Engine:
    return Engine([folder], loaders=[(kept, [loader])], libraries=LIBRARIES, **more)


def shown(html: Engine, name: str) -> str:
    """A page of ours, at one moment."""
    with time_machine.travel("2026-01-02 03:04", tick=False):
        given = {"state": "waiting", "live": True, "notified": True, "form": SignIn(), "tries_left": 3}
        return said(html.get_template(name).render(Context(given)))


def folded(folder: Path, **files: str) -> str:
    """The first of these templates, as it is read."""
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text)
    return engine(folder, "portal.folding.Loader").get_template(f"{next(iter(files))}.html").source


def said(html: str) -> str:
    return re.sub(r" ?([<>]) ?", r"\1", re.sub(r"\s+", " ", html)).strip()


@pytest.mark.parametrize("name", PAGES)
def test_a_folded_page_says_what_its_source_says(name):
    plain, ours = (
        shown(engine(settings.BASE_DIR / "templates", loader), name)
        for loader in ("django.template.loaders.filesystem.Loader", "portal.folding.Loader")
    )
    assert ours == plain


def test_a_template_takes_in_what_it_includes_with_what_it_gives(tmp_path):
    text = folded(tmp_path, page='<p>{% include "part.html" with name="a b" %}</p>', part="{{ name }}")
    assert text == '<p>{% with name="a b" %}{{ name }}{% endwith %}</p>'


def test_what_keeps_something_under_a_name_stays_apart(tmp_path):
    page = '<p>{% include "part.html" %}</p>'
    assert folded(tmp_path, page=page, part='{% load i18n %}{% translate "A" as name %}') == page


def test_a_template_that_includes_itself_still_ends(tmp_path):
    text = folded(tmp_path, page='{% if rest %}<b>{% include "page.html" with rest=rest.rest %}</b>{% endif %}')
    assert text.count("{% include") == 1


def test_a_page_that_is_named_stands_there_by_its_address(tmp_path):
    assert folded(tmp_path, page='<a href="{% url "help" %}">') == f'<a href="{reverse("help")}">'


def test_a_page_that_is_not_there_is_looked_for_when_it_is_shown(tmp_path):
    page = '{% if demo %}{% url "no-such-page" %}{% endif %}'
    assert folded(tmp_path, page=page) == page


def test_words_on_two_lines_stay_two_words(tmp_path):
    page = "<p>\n  {% if a %}\n    one\n  {% endif %}\n  two\n  {% if a %}three{% endif %}\n  four\n</p>"
    html = engine(tmp_path, "portal.folding.Loader")
    (tmp_path / "page.html").write_text(page)
    assert html.get_template("page.html").render(Context({"a": True})).split() == [
        "<p>",
        "one",
        "two",
        "three",
        "four",
        "</p>",
    ]


def test_what_fills_the_blocks_of_a_frame_is_written_into_it(tmp_path):
    text = folded(
        tmp_path,
        page='{% extends "door.html" %}{% load i18n %}not shown{% block head %}{% translate "A" %}{% endblock %}',
        door='{% extends "base.html" %}{% block body %}b{% endblock %}{% block gone %}c{% endblock %}',
        base="<i>{% block head %}x{% endblock %}<b>{% block body %}y{% endblock %}{% block foot %}z{% endblock %}",
    )
    assert text == (
        '{% load i18n %}<i>{% block head %}{% translate "A" %}{% endblock %}<b>{% block body %}b{% endblock %}'
        "{% block foot %}z{% endblock %}"
    )


def test_what_is_more_than_blocks_in_a_frame_of_ours_is_left_to_the_engine(tmp_path):
    page = '{% extends "base.html" %}{% block head %}{{ block.super }}{% endblock %}'
    assert folded(tmp_path, page=page, base="{% block head %}x{% endblock %}") == page
    page = '{% extends "admin/base.html" %}{% block head %}x{% endblock %}'
    assert folded(tmp_path, page=page) == page
    page = '{% extends "base.html" %}{% block head %}x{% endblock %}'
    assert folded(tmp_path, page=page, base="{% block head %}{% block body %}y{% endblock %}{% endblock %}") == page
