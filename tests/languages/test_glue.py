"""A sentence is one string: nothing that people read is put together from translated pieces."""

import ast
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from tests.languages.glue import glued_in_python, glued_in_script, glued_in_template
from tests.unit.test_words import PAGES

ROOT = settings.BASE_DIR
CODE = [path for app in ("accounts", "applications", "portal", "twofactor") for path in (ROOT / app).rglob("*.py")]
SCRIPTS = [path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_template_puts_a_sentence_together():
    found = {path.name: glued_in_template(path.read_text(encoding="utf-8")) for path in PAGES}
    assert {name: glued for name, glued in found.items() if glued} == {}


def test_no_code_puts_a_sentence_together():
    found = {path.name: glued_in_python(tree(path)) for path in CODE}
    assert {name: glued for name, glued in found.items() if glued} == {}


def test_no_script_puts_a_sentence_together():
    found = {path.name: glued_in_script(path.read_text(encoding="utf-8")) for path in SCRIPTS}
    assert {name: glued for name, glued in found.items() if glued} == {}


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "Signed in as" %} {{ name }}</p>',
        '<p>{{ count }} {% translate "browsers" %}</p>',
        '<p>{% translate "Read the" %} <a href="/">{% translate "article" %}</a>.</p>',
        '<p>{% translate "Read" %} <strong>{{ title }}</strong></p>',
        '<p>{% translate "Locked" %}{% if until %} {{ until }}{% endif %}</p>',
        '<p>{% blocktranslate %}Hello {{ name }}{% endblocktranslate %} {% translate "and welcome" %}</p>',
    ],
)
def test_pieces_in_a_template_are_found(source):
    assert len(glued_in_template(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "It is locked." %} {% translate "Ask the support desk." %}</p>',
        '<p>{% translate "Open this address:" %} <code>{{ link }}</code></p>',
        '<dt>{% translate "Name" %}</dt><dd>{{ name }}</dd>',
        '<a href="/">{% translate "Home" %}</a> <a href="/help/">{% translate "Help" %}</a>',
        '<p>{{ name }} <span class="tag">{% translate "Locked" %}</span></p>',
        '<p>{% if on %}{% translate "On" %}{% else %}{% translate "Off" %}{% endif %}</p>',
        '<title>{% translate "Help" %} - {{ portal_name }}</title>',
        '{% translate "By hour" as caption %}{% translate "By day" as caption %}',
    ],
)
def test_whole_sentences_and_things_apart_are_let_be(source):
    assert glued_in_template(source) == []


@pytest.mark.parametrize(
    "source",
    [
        '_("Signed in as ") + name',
        'name + gettext(" is locked") % {}',
        "f\"{_('Locked')}: {name}\"",
        '", ".join([_("texts"), _("calls")])',
        '", ".join(_(each) for each in ways)',
    ],
)
def test_pieces_in_code_are_found(source):
    assert len(glued_in_python(ast.parse(source))) == 1


@pytest.mark.parametrize("source", ['[_("One")] + more', '_("%(a)s of %(b)s") % {"a": 1 + 2}', '", ".join(names)'])
def test_other_sums_in_code_are_let_be(source):
    assert glued_in_python(ast.parse(source)) == []


@pytest.mark.parametrize("source", ['say("a") + name', 'name + say("b", { count: f(1) })', '`${say("a")} ${name}`'])
def test_pieces_in_a_script_are_found(source):
    assert len(glued_in_script(source)) == 1
