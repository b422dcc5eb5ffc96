"""The moments of a sign-in at which something may die (M1 to M5), and how it goes on afterwards without a hand."""

import time
from collections.abc import Callable
from http import HTTPStatus

import pytest

from tests.factories import PASSWORD
from tests.faults.fragile import Fragile, Trouble, in_the_middle
from tests.services.people import Desk, Owner
from tests.services.talk import Answer

ASKING = b'INSERT INTO "twofactor_challenge"'
# A value, which travels beside its statement.
CLAIMING = b"consumed"
COMMIT = b"COMMIT"

Moment = Callable[[Fragile, Owner, Trouble], Answer | None]


def before_the_question(cluster: Fragile, owner: Owner, trouble: Trouble) -> Answer | None:
    """M1: the password was right, and the phone has not been asked yet."""
    owner.desk.get("/sign-in/")
    giving = owner.desk.message("POST", "/sign-in/", username=owner.username, password=PASSWORD)
    return taken(owner.desk, in_the_middle(cluster, giving, ASKING, trouble=trouble))


def waiting(cluster: Fragile, owner: Owner, trouble: Trouble) -> Answer | None:
    """M2: the page asks how it stands."""
    owner.begin()
    with trouble(cluster):
        return owner.desk.get("/sign-in/status/")


def approved(cluster: Fragile, owner: Owner, trouble: Trouble) -> Answer | None:
    """M3: the phone has approved, and the page does not know it yet."""
    owner.begin()
    owner.approve(owner.phone.challenge())
    with trouble(cluster):
        return owner.desk.get("/sign-in/status/")


def about_to_claim(cluster: Fragile, owner: Owner, trouble: Trouble) -> Answer | None:
    """M4: the page knows it, and sends its form."""
    owner.begin()
    owner.approve(owner.phone.challenge())
    assert owner.desk.state() == "approved"
    with trouble(cluster):
        return owner.desk.post("/sign-in/finish/")


def inside_the_claim(cluster: Fragile, owner: Owner, trouble: Trouble) -> Answer | None:
    """M5: the sign-in is claimed, and that is not committed yet."""
    owner.begin()
    owner.approve(owner.phone.challenge())
    claiming = owner.desk.message("POST", "/sign-in/finish/")
    return taken(owner.desk, in_the_middle(cluster, claiming, CLAIMING, COMMIT, trouble=trouble))


MOMENTS: list[Moment] = [before_the_question, waiting, approved, about_to_claim, inside_the_claim]


def every_moment(*troubles: Trouble, briefly: tuple[Trouble, ...] = ()) -> pytest.MarkDecorator:
    """Each of these troubles at each moment; of those `briefly` the first and the last one, all in the long form."""
    cases = [pytest.param(each, at, id=f"{each.__name__}-{at.__name__}") for each in troubles for at in MOMENTS]
    for each in briefly:
        for at in MOMENTS:
            marks = () if at in (MOMENTS[0], MOMENTS[-1]) else pytest.mark.long
            cases.append(pytest.param(each, at, id=f"{each.__name__}-{at.__name__}", marks=marks))
    return pytest.mark.parametrize(("trouble", "moment"), cases)


def taken(desk: Desk, answer: Answer | None) -> Answer | None:
    """What a browser keeps of an answer, if there was one."""
    return answer and desk.take(answer)


def complete(owner: Owner) -> None:
    """What waits is completed by the same browser and phone; what has ended is begun again."""
    desk = owner.desk
    if desk.state() == "waiting":
        owner.approve(owner.phone.challenge())
    answer = desk.post("/sign-in/finish/")
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        # What somebody who died had locked is free once the database has heard of it. The page says when to come back.
        time.sleep(int(answer.headers["Retry-After"]))
        answer = desk.post("/sign-in/finish/")
    if answer.leads_to != "/":
        owner.sign_in()
    assert desk.is_in()


def accounts_agree(owner: Owner) -> None:
    """Nothing was used twice and nothing is lost: an approval opens one session at most, and all are in the record."""
    one = owner.cluster.one
    consumed = one("SELECT count(*) FROM accounts_login WHERE user_id = %s AND state = 'consumed'", owner.pk)
    since = one("SELECT min(created) FROM accounts_login WHERE user_id = %s", owner.pk)
    opened = one("SELECT count(*) FROM accounts_opensession WHERE user_id = %s AND since > %s", owner.pk, since)
    answered = one(
        "SELECT count(*) FROM twofactor_challenge JOIN accounts_login ON login_id = accounts_login.id"
        " WHERE user_id = %s AND twofactor_challenge.state = 'approved'",
        owner.pk,
    )
    assert owner.recorded("login.claim") == consumed == opened
    assert owner.recorded("challenge.approve") == answered >= consumed
