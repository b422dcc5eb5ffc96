"""The words: all of them translated, compiled as written, placeholders kept, and none that cannot be translated."""

import ast
import re
import struct
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import to_locale

ROOT = settings.BASE_DIR
TEMPLATES = ROOT / "templates"
HELP = TEMPLATES / "help"
ARTICLES = sorted(path.stem for path in (HELP / "en").glob("*.html"))
# Of the templates, the articles alone exist once in each language.
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.parent != HELP)
WRITTEN = ROOT / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"

# Names that are the same in every language.
NAMES = {"Client Portal"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|<[^>]+>")
LATIN = re.compile(r"[A-Za-z]")
HAN = re.compile(r"[\u4e00-\u9fff]")
NARROW_PUNCTUATION = re.compile(r"[\u4e00-\u9fff][,.;:!?()]|[,;!?(][\u4e00-\u9fff]")
ASKING = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
SHOWN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label"}


def written(path: Path = WRITTEN) -> list[dict]:
    """The entries of a .po file: msgctxt, msgid, msgid_plural, msgstr or msgstr[n], `flags`. Without the header."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        entry: dict = {"flags": set()}
        field = ""
        for line in block.splitlines():
            if line.startswith("#"):
                entry["flags"] |= {flag.strip() for flag in line[2:].split(",")} if line.startswith("#,") else set()
            elif line.startswith('"'):
                entry[field] += ast.literal_eval(line)
            else:
                field, _, text = line.partition(" ")
                entry[field] = ast.literal_eval(text)
        if entry.get("msgid"):
            found.append(entry)
    return found


def sayings(entry: dict) -> list[str]:
    """All forms of an entry's translation, in their order."""
    return [text for field, text in entry.items() if field.startswith("msgstr")]


def compiled(path: Path) -> dict[str, str]:
    """The entries of a .mo file (GNU gettext manual, "The Format of GNU MO Files"); forms are separated by NUL."""
    data = path.read_bytes()
    magic, _, count, sources, translations = struct.unpack("<5I", data[:20])
    assert magic == 0x950412DE

    def text(table: int, index: int) -> str:
        length, offset = struct.unpack_from("<2I", data, table + 8 * index)
        return data[offset : offset + length].decode()

    return {text(sources, i): text(translations, i) for i in range(count) if text(sources, i)}


def asked_by_templates() -> dict[str, str]:
    """Every string that a template asks a translation for, and the template that does."""
    asked = {}
    for path in [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]:
        name = str(path.relative_to(TEMPLATES))
        nodes = get_template(name).template.nodelist
        for node in nodes.get_nodes_by_type(TranslateNode):
            # The catalogue doubles every percent sign of a template.
            asked[str(node.filter_expression.var.literal).replace("%", "%%")] = name
        for node in nodes.get_nodes_by_type(BlockTranslateNode):
            asked[node.render_token_list(node.singular)[0]] = name
    return asked


def asked_by_python() -> dict[str, str]:
    """Every string that the code asks a translation for, and the file that does."""
    asked = {}
    for app in ("accounts", "applications", "portal", "twofactor"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKING:
                    assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno} is put together"
                    asked[node.args[0].value] = str(path.relative_to(ROOT))
    return asked


class Shown(HTMLParser):
    """Collects what a page shows or says: text with letters, and attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = False

    def handle_starttag(self, tag, attrs):
        self.silent = tag in ("script", "style")
        for name, value in attrs:
            is_sentence = name.startswith("data-") and (value or "")[:1].isupper()
            if name in SHOWN_ATTRIBUTES or is_sentence:
                self.note(value or "")

    def handle_endtag(self, tag):
        self.silent = False

    def handle_data(self, data):
        if not self.silent:
            self.note(data)

    def note(self, text):
        if LATIN.search(text) and text.strip() not in NAMES:
            self.found.append(text.strip())


def left_untranslatable(source: str) -> list[str]:
    """Visible text of a template that no translation can reach."""
    shown = Shown()
    for literal in re.findall(r"\{\{[^}]*\|default:\"([^\"]*)\"", source):
        if literal[:1].isupper():
            shown.note(literal)
    source = re.sub(r"\{#.*?#\}", "", source)
    source = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", source, flags=re.DOTALL)
    # The block `column` holds a class, not words.
    source = re.sub(r"\{% block column %\}.*?\{% endblock %\}", "", source)
    source = re.sub(r"\{% blocktranslate.*?\{% endblocktranslate %\}", "", source, flags=re.DOTALL)
    shown.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL))
    shown.close()
    return shown.found


class Outline(HTMLParser):
    """How often each tag opens, and the words that stand in <strong>: the names of buttons and links."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: Counter = Counter()
        self.strong: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        if tag == "strong":
            self.strong.append("")

    def handle_data(self, data):
        if self.lasttag == "strong" and not self.strong[-1]:
            self.strong[-1] = data


def outline(language: str, article: str) -> Outline:
    return Outline((HELP / language / f"{article}.html").read_text(encoding="utf-8"))


def test_every_language_on_offer_has_its_words():
    others = {to_locale(code) for code, _ in settings.LANGUAGES if code != "en"}
    assert others == {path.name for path in (ROOT / "locale").iterdir()}
    assert len(written()) > 100


def test_no_string_is_without_a_translation():
    assert [entry["msgid"] for entry in written() if not all(sayings(entry))] == []


def test_no_translation_is_a_guess():
    assert [entry["msgid"] for entry in written() if "fuzzy" in entry["flags"]] == []


def test_the_catalogue_holds_what_is_asked_for_and_nothing_else():
    asked = asked_by_templates() | asked_by_python()
    held = {entry["msgid"] for entry in written()}
    assert {text: where for text, where in asked.items() if text not in held} == {}, "run make messages"
    assert held - set(asked) == set(), "run make messages"


def test_the_compiled_words_are_the_written_ones():
    for path in (ROOT / "locale").rglob("*.po"):
        expected = {_name(entry): "\0".join(sayings(entry)) for entry in written(path)}
        assert compiled(path.with_suffix(".mo")) == expected, "run make messages"


def _name(entry: dict) -> str:
    """As a .mo file names it: a context stands before EOT, the word for many after NUL."""
    context = f"{entry['msgctxt']}\4" if "msgctxt" in entry else ""
    return context + "\0".join(filter(None, (entry["msgid"], entry.get("msgid_plural"))))


def test_a_translation_keeps_every_placeholder():
    wrong = []
    for entry in written():
        # The form for one may leave its number out; the one for many never does.
        wanted = Counter(PLACEHOLDER.findall(entry.get("msgid_plural", entry["msgid"])))
        wrong += [text for text in sayings(entry) if Counter(PLACEHOLDER.findall(text)) != wanted]
    assert wrong == []


def test_no_translation_was_forgotten_in_english():
    spoken = [(entry["msgid"], PLACEHOLDER.sub("", text)) for entry in written() for text in sayings(entry)]
    assert [msgid for msgid, text in spoken if LATIN.search(text) and not HAN.search(text)] == []


def test_chinese_sentences_have_chinese_punctuation():
    sentences = [PLACEHOLDER.sub("", text) for entry in written() for text in sayings(entry)]
    assert [text for text in sentences if NARROW_PUNCTUATION.search(text) and "H:i" not in text] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_shows_no_text_that_cannot_be_translated(path):
    assert left_untranslatable(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Words</p>",
        "<p>{% translate 'Some' %} words</p>",
        '<img alt="A picture">',
        '<p data-busy="Sending">{{ name }}</p>',
        '{{ name|default:"Somebody" }}',
    ],
)
def test_the_scanner_finds_text_that_cannot_be_translated(source):
    assert len(left_untranslatable(source)) == 1


def test_every_help_article_exists_in_every_language():
    for code, _ in settings.LANGUAGES:
        assert sorted(path.stem for path in (HELP / code).glob("*.html")) == ARTICLES


@pytest.mark.parametrize("article", ARTICLES)
def test_a_help_article_has_the_same_parts_in_both_languages(article):
    english, chinese = (outline(language, article).tags for language in ("en", "zh-hant"))
    for tag in ("section", "h2", "h3", "p", "ol", "ul", "li", "a", "details", "strong"):
        assert chinese[tag] == english[tag], tag


@pytest.mark.parametrize("article", ARTICLES)
def test_a_help_article_calls_buttons_what_the_pages_call_them(article):
    words = {entry["msgid"]: sayings(entry)[0] for entry in written()}
    named = [name for name in outline("en", article).strong if name in words]
    assert [words[name] for name in named if words[name] not in outline("zh-hant", article).strong] == []


def test_a_help_article_names_nothing_that_is_not_on_a_page():
    asked = set(asked_by_templates() | asked_by_python())
    # A whole sentence is an emphasis, and no name of a button or link.
    named = {(article, name) for article in ARTICLES for name in outline("en", article).strong if name[-1] != "."}
    assert {(article, name) for article, name in named if name not in asked} == set()
