"""Requests made from the API's own description, most of them wrong, by somebody without any key (AT-132)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.fuzz.api import called, described, everything, operations
from tests.fuzz.much import tries
from twofactor.answering import PROBLEMS


@pytest.mark.parametrize("path", operations())
def test_no_request_by_a_stranger_breaks_or_changes_anything(mara, pocket, path):
    operation = described()[path]["POST"]
    both = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    before = everything()

    @tries(8, 2000)
    @given(case=both)
    def walk(case):
        assert 400 <= called(case).status_code < 500

    walk()
    assert everything() == before


def test_the_description_names_every_refusal_and_nothing_of_this_portal(mara, pocket):
    text = str(described().raw_schema)
    for code in PROBLEMS:
        assert f"'{code}'" in text, code
    for secret in ("mara", "localhost", "portal-tests"):
        assert secret not in text
