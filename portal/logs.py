"""One event, one line: nobody writes a second one into the log by what they type (R-81)."""

from __future__ import annotations

import logging
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST = 2000


class OneLine(logging.Formatter):
    """The message without control characters and cut to a length; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = _CONTROL.sub(lambda found: repr(found[0])[1:-1], super().formatMessage(record))
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
