"""What all portals of the tests begin with: made once, by whoever comes first, and whole."""

import fcntl
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import prepared


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """Every making so far; nobody else has come in meanwhile."""
    made = []

    def fill(new):
        made.append(new)
        with (prepared.KEPT / "lock").open() as another, pytest.raises(BlockingIOError):
            fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (new / prepared.TABLES).write_text("tables")

    monkeypatch.setattr(prepared, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(prepared, "_fill", fill)
    return made


def test_many_at_once_find_one_and_the_same(filled, tmp_path):
    places = [tmp_path / str(number) for number in range(8)]
    with ThreadPoolExecutor(len(places)) as crowd:
        list(crowd.map(prepared.give_tables, places))
    assert len(filled) == 1
    assert {place.read_text() for place in places} == {"tables"}


def test_what_was_begun_and_not_finished_is_given_to_nobody(filled, tmp_path, monkeypatch):
    def cut(new):
        (new / prepared.TABLES).write_text("half")
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(prepared, "_fill", cut)
        with pytest.raises(OSError, match="full"):
            prepared.give_tables(tmp_path / "first")
    prepared.give_tables(tmp_path / "second")
    assert (tmp_path / "second").read_text() == "tables"
    assert not (tmp_path / "first").exists()


def test_when_its_sources_have_changed_it_is_made_anew_and_the_old_one_goes(filled, tmp_path, monkeypatch):
    prepared.give_tables(tmp_path / "tables")
    monkeypatch.setattr(prepared, "_state", lambda: "another")
    prepared.give_tables(tmp_path / "tables")
    assert len(filled) == 2
    assert [each.name for each in prepared.KEPT.iterdir() if each.is_dir()] == ["another"]


def test_every_file_of_the_portal_is_one_of_its_sources(tmp_path, monkeypatch):
    assert prepared._state() == prepared._state()
    (tmp_path / "tests").mkdir()
    for name in ("requirements-test.lock", "tests/strict.py"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(prepared, "ROOT", tmp_path)
    for name in ("accounts", "applications", "portal", "static", "twofactor"):
        empty = prepared._state()
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.file").write_text("")
        assert prepared._state() != empty, name
