"""What others wrote and the portal runs: under which licences, pinned how, and without whose rights."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-cluster.lock", "requirements-test.lock", "scripts/installer.lock"]
# Licences under which a portal may be run, changed and handed on, with whatever licence its own code has.
FREE = {
    *(
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MIT License",
        "0BSD",
        "BSD",
        "BSD License",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "3-Clause BSD License",
    ),
    *("Apache-2.0", "Apache Software License", "ISC", "ISC License (ISCL)", "PSF-2.0", "Unlicense", "ZPL-2.1", "TCL"),
    # Of these, changed files must stay free, and no others: we change none of them.
    *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),
}
# Neither free in that sense nor clear from what the package says of itself, and why it is in all the same.
EXPLAINED = {
    "jwcrypto": "LGPL-3.0, as psycopg",
    "psycopg": "LGPL-3.0: a library that stays as it is published and can be exchanged for another version",
    "psycopg-binary": "LGPL-3.0, as psycopg",
    "psycopg-pool": "LGPL-3.0, as psycopg",
    "qrcode": "BSD; what it calls other is the MIT licence of the code that it began with",
}


def licences(name: str) -> list[str]:
    """What a package says of its licence: the expression, else the classifiers, else the free text."""
    about = distribution(name).metadata
    if about.get("License-Expression"):
        return re.split(r" AND ", about["License-Expression"])
    classified = [line.rsplit(" :: ", 1)[1] for line in about.get_all("Classifier", []) if line.startswith("License")]
    return classified or [about.get("License", "").strip().partition("\n")[0]]


def is_free(licence: str) -> bool:
    """Of licences to choose from, one that is free is enough."""
    return any(each in FREE for each in licence.split(" OR "))


def running() -> set[str]:
    """Everything that is in the lock of what runs, and installed on this machine."""
    named = re.findall(r"^([\w.-]+)==", (ROOT / "requirements-cluster.lock").read_text(), re.MULTILINE)
    return {name for name in named if _is_installed(name)}


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def test_whatever_runs_may_be_run_changed_and_handed_on():
    """R-97: licences of all that the portal loads, from the packages' own words."""
    unclear = {name: licences(name) for name in running() - EXPLAINED.keys() if not all(map(is_free, licences(name)))}
    assert unclear == {}


def test_no_explanation_outlives_its_package():
    assert EXPLAINED.keys() <= running()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_by_version_and_hash(name):
    """R-97."""
    text = (ROOT / name).read_text()
    packages = re.split(r"^(?=[A-Za-z])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > (0 if name.startswith("scripts") else 40)
    loose = [
        each.split()[0] for each in packages if not re.match(r"[\w.-]+==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", each)
    ]
    assert loose == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address(name):
    assert not re.search(r"https?://|file:", (ROOT / name).read_text())


def pinned(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_what_is_tested_is_what_runs():
    tested = pinned("requirements-test.lock")
    for lock in ("requirements.lock", "requirements-cluster.lock"):
        assert {name: version for name, version in pinned(lock).items() if tested.get(name) != version} == {}


def test_the_framework_is_new_enough():
    """R-52: forwarded headers with underscores are refused from Django 5.2.13 on."""
    assert distribution("django").version in Requirement("django>=5.2.13").specifier


def instructions() -> list[str]:
    text = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_container_runs_without_root_and_owns_nothing_that_it_runs():
    """R-97, ASVS 13.2.2: least rights; the last USER is a number, so that it needs no name in the image."""
    lines = instructions()
    last = lines[lines.index(next(line for line in reversed(lines) if line.startswith("FROM "))) :]
    assert [line for line in last if line.startswith("USER ")] == ["USER 10001:10001"]
    assert [line for line in last if "--chown" in line] == ["COPY --from=made --chown=10001:10001 /data /data"]
    assert not [line for line in last if line.startswith("RUN ")]


def test_the_container_takes_only_packages_with_their_hash_and_builds_none():
    installs = [line for line in instructions() if " install " in line]
    assert len(installs) == 1
    assert "--require-hashes --only-binary :all:" in installs[0]


def test_no_secret_and_no_index_stands_in_the_container():
    text = (ROOT / "Containerfile").read_text()
    assert not re.search(r"https?://|--index-url|--extra-index|--trusted-host|SECRET_KEY|PEPPER|FIELD_KEYS|ADD ", text)


def test_only_what_is_named_goes_into_the_container():
    """ASVS 13.4.1: no history, no data, no tests; and not the demo, which shows its texts to everybody."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = {
        word
        for line in instructions()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]) <= copied
    assert "portal/demo" in rules
