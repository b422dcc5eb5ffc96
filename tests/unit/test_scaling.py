"""The page about growth says what the model says, and the model does not forget its bounds."""

import dataclasses

import pytest

from bench import scaling
from bench.scaling import PAGE, Assumed, Need, cells


def test_the_page_says_what_the_model_says():
    text = PAGE.read_text(encoding="utf-8")
    assert scaling.page(text, Assumed()) == text, "python -m bench.scaling --write"


@pytest.mark.parametrize("users", scaling.SIZES)
def test_no_cell_is_larger_than_its_bounds(users):
    count, need = cells(users, Assumed())
    assert need.users * count == pytest.approx(users)
    assert max(need.bounds().values()) <= 1
    assert count == 1 or max(Need(users / (count - 1), Assumed()).bounds().values()) > 1


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(Assumed)])
def test_every_assumption_counts(name):
    changed = dataclasses.replace(Assumed(), **{name: getattr(Assumed(), name) / 100})
    assert figures(changed) != figures(Assumed())


def figures(assumed: Assumed) -> list[object]:
    needs, rows, *_named = scaling.tables(assumed)
    return [needs.rows, rows.rows]
