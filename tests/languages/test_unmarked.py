"""Words that no translation reaches, in scripts and in code. Those of templates: tests/unit/test_words.py."""

import ast
import re

import pytest

from tests.languages.glue import without_comments
from tests.languages.test_glue import CODE, SCRIPTS, tree

# --- Scripts ---

# Where a script puts words before people, and what would be words there.
_SHOWING = re.compile(
    r"""(?:\.(?:textContent|innerText|title|alt|placeholder|ariaLabel)\s*=|\b(?:alert|confirm|announce)\("""
    r"""|\b(?:fault|text|say)\("[\w-]+",|setAttribute\("(?:title|alt|placeholder|aria-label)",)\s*["'`][^"'`$]*[A-Za-z]"""
)
_SENTENCE = re.compile(r"""["'`][A-Z][\w’']*,? [a-z]\w*[ .,:!?"'`]""")


def shown_by_script(source: str) -> list[str]:
    """Words in a script that people would read: they belong to the page, where they are translated."""
    plain = without_comments(source)
    return [*_SHOWING.findall(plain), *_SENTENCE.findall(plain)]


def test_no_script_has_words_of_its_own():
    found = {path.name: shown_by_script(path.read_text(encoding="utf-8")) for path in SCRIPTS}
    assert {name: shown for name, shown in found.items() if shown} == {}


@pytest.mark.parametrize(
    "source",
    [
        'place.textContent = "Copied"',
        'screen.text("heading", "Welcome")',
        'button.setAttribute("aria-label", `Close`)',
        'const words = { late: "It is too late." }',
    ],
)
def test_words_in_a_script_are_found(source):
    assert len(shown_by_script(source)) == 1


# --- Code ---

_FIELD_TEXTS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label"}
_LEVELS = {"debug", "info", "success", "warning", "error"}
# Its models are shown nowhere.
_NAMES_NOBODY_SEES = {"'Demo'"}


def shown_by_code(tree: ast.AST) -> list[str]:
    """Words that forms, models, messages and errors show, and that are not marked for translation."""
    found = [text for node in ast.walk(tree) for text in _shown(node) if _has_words(text)]
    return [ast.unparse(text) for text in found if ast.unparse(text) not in _NAMES_NOBODY_SEES]


def _shown(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return [node.value] if any(getattr(name, "id", "") in _FIELD_TEXTS for name in node.targets) else []
    if not isinstance(node, ast.Call):
        return []
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    owner = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
    texts = [each.value for each in node.keywords if each.arg in _FIELD_TEXTS]
    texts += [each.value for each in node.keywords if each.arg == "description" and name == "display"]
    if owner == "models" and name.endswith("Field"):
        texts += node.args[:1]
    if name == "ValidationError":
        texts += node.args[:1]
    if owner == "messages" and name in _LEVELS:
        texts += node.args[1:2]
    return texts


def _has_words(text: ast.expr) -> bool:
    is_string = isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and isinstance(text.value, str))
    return is_string and bool(re.search(r"[A-Za-z]", ast.unparse(text)))


def test_no_code_shows_words_that_cannot_be_translated():
    found = {path.name: shown_by_code(tree(path)) for path in CODE if not path.parent.name.endswith("migrations")}
    assert {name: shown for name, shown in found.items() if shown} == {}


@pytest.mark.parametrize(
    "source",
    [
        'forms.CharField(label="Name")',
        'models.CharField("name", max_length=9)',
        'messages.info(request, "Done.")',
        'raise ValidationError("Too long.")',
        'verbose_name = "account"',
        '@admin.display(description="by whom")\ndef f(): ...',
        'messages.info(request, f"Done, {name}.")',
    ],
)
def test_unmarked_words_in_code_are_found(source):
    assert len(shown_by_code(ast.parse(source))) == 1


@pytest.mark.parametrize("source", ['forms.CharField(label=_("Name"))', 'models.ForeignKey("accounts.User", CASCADE)'])
def test_marked_words_in_code_are_let_be(source):
    assert shown_by_code(ast.parse(source)) == []
