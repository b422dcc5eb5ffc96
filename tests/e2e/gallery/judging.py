"""What every scene must be, whatever it shows: for all senses, all hands, and a window of 320 pixels."""

from collections import defaultdict

from playwright.sync_api import Page

from tests.e2e.demo import broken_rules, too_wide

# What a person presses or fills in as the point of a page is at least so high; in Django's administration, which is
# worked with a mouse, as high as WCAG 2.2 asks (2.5.8).
MAIN, THEIRS = 44, 24
# The first headings that each title has stood above, in each language.
_titled: dict[tuple[str, str], set[str]] = defaultdict(set)

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
    if (lang := page.locator("html").get_attribute("lang")) != language:
        wrong.append(f"it says that its language is {lang}")
    for silent in page.locator("main :is(.status:not([role=status]), .banner.bad:not([role=alert])):visible").all():
        wrong.append(f"nobody who listens hears of “{silent.inner_text()}”")
    if (headings := page.locator("h1:visible").count()) != 1:
        return [*wrong, f"it has {headings} first headings"]
    return [*wrong, *_mistitled(page, language)]


def _mistitled(page: Page, language: str) -> list[str]:
    """Of two pages with one title the second is wrong. The authenticator is one page, whatever it shows."""
    if page.locator("body.authenticator").count():
        return []
    headings = _titled[language, page.title()]
    headings.add(page.locator("h1:visible").inner_text())
    return [f"the title “{page.title()}” stands above {', '.join(sorted(headings))}"] if len(headings) > 1 else []


def _too_small(page: Page) -> list[str]:
    ours = page.locator("body:is(.page, .authenticator)").count()
    found = page.locator("main :is(.button, input:not([type=hidden]), select)").evaluate_all(
        _SMALL, MAIN if ours else THEIRS
    )
    return [f"only {height} px high: {html}" for height, html in found]
