"""What every scene must be, whatever it shows: for all senses, all hands, and a window of 320 pixels."""

from collections import defaultdict
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.e2e.demo import broken_rules, too_wide

# What a person presses or fills in as the point of a page is at least so high (docs/architecture.md, section 7).
MAIN = 44
# Names of the pages that have each title, in each language.
_titled: dict[tuple[str, str], set[str]] = defaultdict(set)

_SHOWN = "(all) => all.filter((each) => each.checkVisibility({ visibilityProperty: true })).length"
_SMALL = """(all, least) => all
  .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((each) => !each.matches('.plain, [type=checkbox], [type=radio]'))
  .map((each) => [Math.round(each.getBoundingClientRect().height * 10) / 10, each.outerHTML.slice(0, 120)])
  .filter(([height]) => height < least)"""


def judge(page: Page, scene: str, language: str, scheme: str) -> None:
    """Everything at once: whoever reads the failure sees all that is wrong with the scene."""
    page.emulate_media(color_scheme=scheme)
    wrong = [*broken_rules(page), *_of_the_page(page, language), *_too_small(page)]
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": 320, "height": 640})
    if wide := too_wide(page):
        wrong.append(f"at 320 px it is {wide} px too wide")
    page.set_viewport_size(size)
    assert not wrong, "\n".join([f"{scene} ({language}, {scheme})", *wrong])


def _of_the_page(page: Page, language: str) -> list[str]:
    wrong = []
    if (headings := page.locator("h1").evaluate_all(_SHOWN)) != 1:
        wrong.append(f"it has {headings} first headings")
    if (lang := page.locator("html").get_attribute("lang")) != language:
        wrong.append(f"it says that its language is {lang}")
    if statuses := max(0, page.locator("main [role=status]").evaluate_all(_SHOWN) - 1):
        wrong.append(f"{statuses} more status lines than one")
    name = _name(page.url)
    if name:
        titled = _titled[language, page.title()]
        titled.add(name)
        if len(titled) > 1:
            wrong.append(f"the title “{page.title()}” stands on {', '.join(sorted(titled))}")
    return wrong


def _name(address: str) -> str:
    """Which page it is; empty for one that is none of ours, such as an error's."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def _too_small(page: Page) -> list[str]:
    found = page.locator("main :is(.button, input:not([type=hidden]), select)").evaluate_all(_SMALL, MAIN)
    return [f"only {height} px high: {html}" for height, html in found]
