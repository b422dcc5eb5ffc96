"""The authenticator's sentences come with its page, by name: none is missing there, and none is left over."""

import re
from collections.abc import Callable

from django.conf import settings

from tests.languages.glue import without_comments

WORDS = settings.BASE_DIR / "templates" / "authenticator"
SCRIPTS = settings.BASE_DIR / "static" / "authenticator"

# Beside those whose names come from a table.
SENTENCE = re.compile(r'data-word="([^"{]+)">(.*?)</', re.DOTALL)
PLACE = re.compile(r"(?<!\{)\{(\w+)\}")
TABLED = (".help", ".more")
FORM = re.compile(r"\.(?:one|other)$")


def sentences() -> dict[str, str]:
    """What is said, by its name."""
    found = {}
    for path in sorted(WORDS.rglob("*.html")):
        for name, words in SENTENCE.findall(path.read_text(encoding="utf-8")):
            assert found.setdefault(name, words) == words, f"{name} is said twice"
    return found


def script(wanted: Callable[[str], object] = str) -> str:
    sources = (path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.rglob("*.js")))
    return "\n".join(without_comments(source) for source in sources if wanted(source))


SAID = sentences()
SCRIPT = script()
# Every word that stands alone somewhere: names of sentences, and the parts from which some are made.
PARTS = set(re.findall(r"""["'`]([\w./-]+)["'`]""", SCRIPT)) | set(re.findall(r"[{,(]\s*(\w+)\b", SCRIPT))
PARTS |= set(re.findall(r"\}[.-]([\w.]+)`", SCRIPT))


def is_asked_for(name: str) -> bool:
    """Whether a script has the name, or all of its parts: `scan.${wanted}.intro` with "number"."""
    name = FORM.sub("", name)
    if name in PARTS:
        return True
    cuts = [found.start() for found in re.finditer(r"[.-]", name)]
    return any(is_asked_for(name[:cut]) and name[cut + 1 :] in PARTS for cut in cuts) or (
        any(f"`{name[: cut + 1]}${{" in SCRIPT and is_asked_for(name[cut + 1 :]) for cut in cuts)
    )


def test_every_sentence_is_said_somewhere():
    assert [name for name in SAID if not is_asked_for(name)] == []


def test_a_sentence_that_no_script_names_is_found():
    assert not is_asked_for("scan.nowhere.intro")
    assert not is_asked_for("enrolled.nowhere")


def test_every_sentence_that_a_script_names_is_there():
    # Screens have a method `say` of their own, and one page a function.
    screens = script(lambda source: re.search(r"import \{[^}]*\bsay\b", source))
    asked = set(re.findall(r'(?<![.#\w])say\("([^"]+)"', screens)) | set(re.findall(r'\bwords: "([^"]+)"', SCRIPT))
    assert len(asked) > 60
    assert asked - set(SAID) - {"cannot"} == set()
    counted = set(re.findall(r'\bsayCount\("([^"]+)"', SCRIPT))
    assert {f"{name}.{form}" for name in counted for form in ("one", "other")} - set(SAID) == set()


def test_every_sentence_whose_name_is_made_has_its_family():
    """`scan.${why}`: some sentence has such a name."""
    made = {name for name in re.findall(r"\bsay\(`([^`]+)`", SCRIPT) if not name.endswith(TABLED)}
    assert len(made) > 15
    patterns = {name: re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(name)) for name in made}
    assert [name for name, like in patterns.items() if not any(re.fullmatch(like, each) for each in SAID)] == []


def test_every_place_in_a_sentence_is_filled():
    calls = re.findall(r'\b(?:say\("([^"]+)"|sayCount\("([^"]+)", [\w.]+)(?:, \{([^}]*)\})?\)', SCRIPT)
    given = {
        said or counted: set(re.findall(r"(\w+)(?::|\s*(?:,|$))", values)) | ({"count"} if counted else set())
        for said, counted, values in calls
    }
    empty = {
        name: set(PLACE.findall(words)) - given[FORM.sub("", name)]
        for name, words in SAID.items()
        if FORM.sub("", name) in given
    }
    assert {name: places for name, places in empty.items() if places} == {}


def test_the_forms_of_a_count_hold_the_same_places():
    ones = [name for name in SAID if name.endswith(".one")]
    places = [{*PLACE.findall(SAID[name])} - {*PLACE.findall(SAID[FORM.sub(".other", name)])} for name in ones]
    assert [name for name, lost in zip(ones, places, strict=True) if lost] == []
