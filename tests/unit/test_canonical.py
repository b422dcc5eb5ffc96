"""What is sealed is spelled as RFC 8785 has it, whichever way it takes."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from accounts.canonical import canonical

WORDS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    max_leaves=8,
)


@given(VALUES)
def test_it_spells_every_value_as_the_library_does(said):
    assert canonical(said) == rfc8785.dumps(said)


@pytest.mark.parametrize(
    "said", [2**53, -(2**53), 1.0, 1e21, -0.0, {"\U0001f600": 1, "\ufb01": 2}, "\u2028\x7f\x1f\b", True]
)
def test_it_goes_the_librarys_way_where_json_has_another_spelling(said):
    try:
        spelled = rfc8785.dumps([said])
    except rfc8785.CanonicalizationError:
        with pytest.raises(rfc8785.CanonicalizationError):
            canonical([said])
    else:
        assert canonical([said]) == spelled
