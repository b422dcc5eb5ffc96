"""A page as somebody reads it: what it shows and says, piece by piece, and the language that each piece is in."""

from html.parser import HTMLParser

from tests.unit.test_words import SHOWN_ATTRIBUTES

_SILENT = {"script", "style"}
# Never closed.
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    """Its pieces: the words, and the `lang` that they stand under."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str]] = []
        # What stands at <html>.
        self.language = ""
        self._open: list[tuple[str, str]] = [("", "")]
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        language = given.get("lang") or self._open[-1][1]
        if tag == "html":
            self.language = language
        if given.get("translate") == "no":
            language = "no"
        if tag not in _VOID:
            self._open.append((tag, language))
        for name, value in attrs:
            is_sentence = name.startswith("data-") and (value or "")[:1].isupper()
            if name in SHOWN_ATTRIBUTES or is_sentence:
                self.pieces.append((language, value or ""))

    def handle_endtag(self, tag):
        while len(self._open) > 1 and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tag, language = self._open[-1]
        if tag not in _SILENT and data.strip():
            self.pieces.append((language, " ".join(data.split())))
