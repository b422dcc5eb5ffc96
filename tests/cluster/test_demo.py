"""The demo in the whole form: a worker carries what the virtual phone shows, whichever process makes its page."""

import re
from collections.abc import Iterator

import pytest

from tests.cluster.whole import Whole
from tests.services.people import Desk
from tests.services.subscribers import CODE_PAGE

PASSWORD = "a password for the demo of the tests"
PHONE = "/demo/phone/"


class Demo(Whole):
    """PORTAL_DEMO=1, as people start it."""

    def environment(self, **more: str) -> dict[str, str]:
        demo = {"PORTAL_DEMO": "1", "PORTAL_DEMO_PASSWORD": PASSWORD, "PORTAL_CARRIERS": "demo"}
        return super().environment(**demo, **more)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    demo = Demo()
    yield demo
    demo.stop()


def test_its_people_sign_in_with_the_texts_that_both_processes_show(demo):
    eli = Desk(demo)
    assert eli.give_password("eli", PASSWORD).leads_to == CODE_PAGE
    demo.wait_for("SELECT every(state = 'delivered') FROM twofactor_delivery WHERE way = 'text'")
    demo.note_anew()
    codes = [re.findall(r'data-copy="(\d{6})"', Desk(demo).get(PHONE).text) for _each in range(4)]
    demo.noted(f"GET {PHONE}")
    assert set(re.findall(r"/(\d)\.sock", demo._notes())) == {"1", "2"}
    assert len(codes[0]) == 1
    assert codes == [codes[0]] * 4
    assert eli.post(CODE_PAGE, code=codes[0][0]).leads_to == "/"
    assert eli.is_in()
    assert "twofactor.deliver" in (demo.folder / "logs" / "worker.log").read_text()
