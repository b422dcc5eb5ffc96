"""Times in templates are what Django writes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.template.defaultfilters import date as written
from django.utils import timezone

from portal import moments

FORMS = ["c", "Y-m-d H:i T", "Y-m-d H:i:s T", "H:i T", "H:i:s T"]
ZONES = ["UTC", "Asia/Taipei", "America/St_Johns"]
WHOLE = datetime(2026, 7, 5, 3, 4, 9, tzinfo=UTC)
SPLIT = datetime(987, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
# In Vienna it is half past two for the second time.
TWICE = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def shown(text: str, **given: object) -> str:
    return engines["django"].from_string(text).render(given)


@pytest.mark.parametrize("form", [*FORMS, "D H:i T", "j M Y", ""])
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", [WHOLE, SPLIT])
def test_a_time_is_written_as_django_writes_it(form: str, zone: str, moment: datetime) -> None:
    local = moment.astimezone(ZoneInfo(zone))
    assert moments.date(local, form) == written(local, form)


@pytest.mark.parametrize("value", [None, "", "soon", date(2026, 11, 23), datetime(2026, 11, 23, 10, 32)])  # noqa: DTZ001
@pytest.mark.parametrize("form", FORMS[1:])
def test_what_is_no_moment_is_left_to_django(value: object, form: str) -> None:
    if type(value) is date:
        with pytest.raises(TypeError):
            moments.date(value, form)
    else:
        assert moments.date(value, form) == written(value, form)


def test_a_page_shows_times_in_its_zone() -> None:
    with timezone.override(ZoneInfo("Asia/Taipei")):
        assert shown('{{ at|date:"c" }} {{ at|date:"H:i T" }}', at=WHOLE) == "2026-07-05T11:04:09+08:00 11:04 CST"


def test_of_an_hour_that_is_there_twice_it_says_which() -> None:
    with timezone.override(ZoneInfo("Europe/Vienna")):
        first, second = (shown('{{ at|date:"H:i T" }}', at=TWICE - timedelta(hours=back)) for back in (1, 0))
    assert (first, second) == ("02:30 CEST", "02:30 CET")


def test_a_page_says_when_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: WHOLE)
    with timezone.override(ZoneInfo("Asia/Taipei")):
        assert shown('{% now "c" %}') == "2026-07-05T11:04:09+08:00"
        year = shown('{% now "Y" %}{% now "Y" as kept %}-{{ kept }}')
    assert year == f"{datetime.now(UTC):%Y-%Y}"


def test_a_tag_that_says_nothing_of_its_format_is_refused() -> None:
    with pytest.raises(Exception, match="now"):
        shown("{% now %}")


def test_pages_have_these() -> None:
    assert isinstance(engines["django"].from_string('{% now "c" %}').template.nodelist[0], moments._Now)
