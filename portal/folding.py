"""Templates are folded when they are read: what never changes is worked out once, and not for each page.

A template that includes another one takes its text in, and one that fills the blocks of a frame is written into it; a
page of ours that is named stands there by its address, and the indents of the source are left out. Pages say the same
as before; the engine has a third of the parts to go through.
"""

from __future__ import annotations

import re
from functools import partial

from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Origin, TemplateDoesNotExist
from django.template.loaders import filesystem
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape

_REMARK = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
_INCLUDE = re.compile(r'\{% include "([\w/.-]+)"(?: with ((?:(?!%\}| only ).)+?))? %\}')
# What one keeps under a name would be seen by the page around it, and its blocks would be the page's: it stays apart.
_KEEPS = re.compile(r"\{% (?!with|for)\w+ [^%]*\bas \w+ %\}|asvar|\{% (?:extends|block) ")
_FRAME = re.compile(r'\{% extends "([\w/.-]+)" %\}')
_BLOCK = re.compile(r"\{% block (\w+) %\}((?:(?!\{% block ).)*?)\{% endblock(?: \w+)? %\}", re.DOTALL)
_LOAD = re.compile(r"\{% load [^%]*%\}")
_PAGE = re.compile(r'\{% url "([\w:-]+)"((?: "[\w-]+")*) %\}')
_FILE = re.compile(r'\{% static "([\w/.-]+)" %\}')
# What says nothing by itself needs no line of its own.
_LINE = re.compile(
    r"^(\{% (?:if|elif|else|endif|for|empty|endfor|with|endwith|load)\b(?:(?!%\})[^\n])*%\})\n", re.MULTILINE
)


class Loader(filesystem.Loader):
    """Ours, from the folder of our templates. Those of libraries are read as they are."""

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin)
        return self._framed(self._folded(text, (origin.template_name,))) if origin.name.endswith(".html") else text

    def _framed(self, text: str) -> str:
        """The whole page of what fills the blocks of a frame of ours: no page looks through its frame for them."""
        found = _FRAME.match(text)
        source = self._text(found[1]) if found else ""
        if found is None or not source or "block.super" in text:
            return text
        frame = self._framed(self._folded(source, (found[1],)))
        # A frame that fills the blocks of a library's one is no whole page, either.
        if _FRAME.match(frame) or not (_is_flat(text) and _is_flat(frame)):
            return text
        filled = dict(_BLOCK.findall(text))
        # What a template loads is all that it says beside its blocks.
        loads = "".join(_LOAD.findall(_BLOCK.sub("", text)))
        return loads + _BLOCK.sub(
            lambda block: f"{{% block {block[1]} %}}{filled.get(block[1], block[2])}{{% endblock %}}", frame
        )

    def _folded(self, text: str, inside: tuple[str | bytes | None, ...]) -> str:
        text = re.sub(r"\n\s+", "\n", _REMARK.sub("", text)).lstrip()
        text = _INCLUDE.sub(partial(self._included, inside), _LINE.sub(r"\1", text))
        return _FILE.sub(_address_of_file, _PAGE.sub(_address_of_page, text))

    def _included(self, inside: tuple[str | bytes | None, ...], found: re.Match[str]) -> str:
        name, given = found.groups()
        if name in inside:
            return found[0]
        text = self._folded(self._text(name), (*inside, name))
        if not text or _KEEPS.search(text):
            return found[0]
        return f"{{% with {given} %}}{text}{{% endwith %}}" if given else text

    def _text(self, name: str) -> str:
        """What a template of ours says; nothing where it is another's."""
        for origin in self.get_template_sources(name):
            try:
                return super().get_contents(origin)
            except TemplateDoesNotExist:
                continue
        return ""


def _is_flat(text: str) -> bool:
    """Whether no block stands in another one."""
    return len(_BLOCK.findall(text)) == text.count("{% block ")


def _address_of_page(found: re.Match[str]) -> str:
    try:
        return escape(reverse(found[1], args=re.findall(r'"(.*?)"', found[2])))
    except NoReverseMatch:
        # A page that is there in a demonstration alone.
        return found[0]


def _address_of_file(found: re.Match[str]) -> str:
    try:
        return escape(staticfiles_storage.url(found[1]))
    except ValueError:
        # Not collected: whoever shows the page is told so.
        return found[0]
