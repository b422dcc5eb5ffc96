"""What a process says of itself: by which code it can be told from another one."""

import re

from portal import seen
from tests.unit.test_supply import ROOT


def test_processes_differ_by_whatever_of_their_code_differs():
    """All that an image takes along and Python or a template is made of."""
    taken = re.findall(r"^COPY (\w+) \1$", (ROOT / "Containerfile").read_text(), re.MULTILINE)
    serving = {each for each in taken if (ROOT / each / "__init__.py").exists()}
    assert serving >= {"accounts", "portal"}
    assert set(seen._ROOMS) == serving | {"templates"}
