"""When a start collects the static files, and when it leaves them as they stand."""

import shutil

import pytest

from portal import collecting


@pytest.fixture
def collected(settings, tmp_path, monkeypatch):
    """Every collecting so far, each with the folder that it wrote to."""
    made = []

    def collect(*_words, **_options):
        root = settings.STATIC_ROOT
        root.mkdir(exist_ok=True)
        (root / "staticfiles.json").touch()
        made.append(root)

    settings.STATIC_ROOT = tmp_path / "one" / "static"
    settings.STATIC_ROOT.parent.mkdir()
    monkeypatch.setattr(collecting, "call_command", collect)
    return made


def start(settings):
    collecting.collect_static(settings.STATIC_ROOT.parent / "static.stamp", clear=True)


def test_a_second_start_finds_them_as_they_are(settings, collected):
    start(settings)
    start(settings)
    assert len(collected) == 1


def test_they_go_to_another_place_together_with_their_stamp(settings, collected, tmp_path):
    start(settings)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    settings.STATIC_ROOT = tmp_path / "two" / "static"
    start(settings)
    assert len(collected) == 1


def test_a_stamp_beside_which_they_are_missing_says_nothing(settings, collected):
    start(settings)
    shutil.rmtree(settings.STATIC_ROOT)
    start(settings)
    assert len(collected) == 2


def test_a_stamp_says_nothing_of_another_folder(settings, collected, tmp_path):
    start(settings)
    stamp = tmp_path / "one" / "static.stamp"
    settings.STATIC_ROOT = tmp_path / "elsewhere"
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / "staticfiles.json").touch()
    collecting.collect_static(stamp, clear=True)
    assert collected == [tmp_path / "one" / "static", tmp_path / "elsewhere"]


def test_a_changed_file_is_collected(settings, collected, tmp_path):
    settings.STATICFILES_DIRS = [tmp_path / "ours"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "words.txt").write_text("short")
    start(settings)
    (tmp_path / "ours" / "words.txt").write_text("longer")
    start(settings)
    assert len(collected) == 2
