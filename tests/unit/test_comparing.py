"""AT-127, R-78: what somebody could guess by measuring is compared in constant time, and where secrets come from."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What holds a secret, or what is as good as one; as a word of a name, wherever the underscores are.
SECRET = re.compile(
    r"(^|_)(code|codes|token|ticket|secret|digest|mac|hmac|seal|signature|fingerprint|print|hash|nonce|pin|password|"
    r"passcode|otp|response|pepper|key_bytes|good)(_|$)"
)
# The same words where they name something that everybody may know, and why. Nothing else is ever added by itself.
PUBLIC = {
    # Codes of refusals and of answers, such as "malformed": the caller reads them a moment later.
    "code": {"checked", "typed", "verdict", "problem", "refused", "refusal", "failed", "answer", "response", "error"},
    # What a row of the table of countries or of carriers is called.
    "calling_code": {"*"},
    "status_code": {"*"},
    # Rows, compared by their number.
    "passcode": {"factors"},
}
CONSTANT_TIME = ("constant_time_compare", "compare_digest")


def sources() -> Iterator[Path]:
    for room in ("accounts", "twofactor", "applications", "portal"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if not path.parent.name.endswith("migrations") and "demo" not in path.parts:
                yield path


def last_name(node: ast.expr) -> str:
    """What a compared thing is called: the last part of `row.code_digest`, the function of `print_of(number)`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Subscript):
        return str(node.slice.value) if isinstance(node.slice, ast.Constant) else last_name(node.value)
    return ""


def owner(node: ast.expr) -> str:
    return last_name(node.value) if isinstance(node, ast.Attribute) else ""


def is_secret(node: ast.expr) -> bool:
    name = last_name(node).lower()
    if not SECRET.search(name) or name.endswith(("_id", "_at")):
        return False
    owners = PUBLIC.get(name, set())
    return not ("*" in owners or owner(node) in owners)


def is_plain(node: ast.expr) -> bool:
    """What is no guess of anybody's: None, a number, a word of our own, a constant by its name, a length."""
    if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Set):
        return True
    name = last_name(node)
    return name.isupper() or name == "len"


def comparisons(tree: ast.AST) -> Iterator[ast.Compare]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(
            isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops
        ):
            yield node


def found_in(source: str) -> list[str]:
    hits = []
    for node in comparisons(ast.parse(source)):
        sides = [node.left, *node.comparators]
        looked_up = isinstance(node.ops[0], ast.In | ast.NotIn)
        if looked_up and (isinstance(node.left, ast.Call) or not is_secret(node.left)):
            # A digest that is looked up, as the database looks it up: how long that takes tells of the digest alone.
            continue
        if any(map(is_secret, sides)) and not any(map(is_plain, sides)):
            hits.append(ast.unparse(node))
    return hits


def test_no_secret_is_compared_by_an_operator():
    """AT-127: `==` stops at the first sign that differs, and tells how many were right."""
    hits = {str(path.relative_to(ROOT)): hits for path in sources() if (hits := found_in(path.read_text()))}
    assert hits == {}


@pytest.mark.parametrize(
    "line",
    [
        "typed == row.code",
        "row.code_digest != Activation.digest(code)",
        "request.POST['token'] == token",
        "a.mac == b.mac",
        "Phone.print_of(number) == phone.fingerprint",
        "session.get('x') == nonce",
        "if not (given == expected_response): pass",
        "return hash_of(x) == row.hash",
        "code in sheet.printed",
    ],
)
def test_the_search_would_see_it(line):
    """AT-127: each of these would be found, or the test above proves nothing."""
    source = f"def f():\n    {line}" if line.startswith(("if", "return")) else line
    assert found_in(source) != []


@pytest.mark.parametrize(
    "line", ["checked.code == 'over'", "len(code) == 6", "login.factor == PASSCODE", "key == other"]
)
def test_the_search_lets_pass_what_is_public(line):
    assert found_in(line) == []


def test_the_places_that_decide_compare_in_constant_time():
    """R-78: by name, so that a comparison that moves away is missed here."""
    deciding = {
        "accounts/chain.py": "constant_time_compare",
        "accounts/links.py": "constant_time_compare",
        "twofactor/api.py": "constant_time_compare",
        "twofactor/carrying.py": "constant_time_compare",
        "twofactor/enrolment.py": "constant_time_compare",
        "twofactor/permits.py": "constant_time_compare",
        "twofactor/models/key.py": "compare_digest",
        "twofactor/models/recovery.py": "constant_time_compare",
        "twofactor/protocol/ocra.py": "compare_digest",
    }
    missing = [place for place, name in deciding.items() if f"{name}(" not in (ROOT / place).read_text()]
    assert missing == []


def test_chance_comes_from_the_system_alone():
    """R-77: no `random`, no UUID and no hash of a clock where something must not be guessed."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {"random", "uuid"} & {name.partition(".")[0] for name in names}, path
