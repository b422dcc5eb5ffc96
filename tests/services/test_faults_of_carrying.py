"""A worker, the broker or the carrier is gone: pages answer, a text leaves once or not at all, and never too late."""

from tests.carriers.server import saying
from tests.services.subscribers import CODE_PAGE, Subscriber, new_subscriber
from tests.services.talk import BRISK

REFUSED = "SELECT count(*) = 1 FROM accounts_auditevent WHERE user_id = %s AND id > %s AND kind = 'delivery.try'"


def complete(somebody: Subscriber) -> None:
    """The sign-in that waits is completed by the code that came."""
    typed = somebody.typed(somebody.next_code())
    assert somebody.desk.take(somebody.cluster.send(typed)).leads_to == "/"
    assert somebody.desk.is_in()


def test_a_worker_that_dies_between_handing_over_and_noting_it_leaves_one_code_and_one_message(cluster, mara):
    with cluster.carrier.holding():
        mara.begin()
        mara.came(1)
        with cluster.worker.absent():
            assert mara.deliveries == [("text", "sign-in", "sending", "", 1)]
            # Half a minute later. Now another worker's clock sweeps.
            cluster.write("UPDATE twofactor_delivery SET leased_until = now() WHERE user_id = %s", mara.pk)
    first, second = mara.came(2)
    assert (first.key, first.code) == (second.key, second.code)
    mara.wait_until("handed", attempts=2)
    assert mara.counted("text-person/24h") == 1
    complete(mara)


def test_without_a_worker_the_processes_that_serve_pages_carry_and_a_late_errand_carries_nothing(cluster, mara):
    with cluster.worker.absent():
        mara.begin()
        mara.later(16)
        assert "The text is not sent yet" in mara.desk.get(CODE_PAGE).text
        assert mara.deliveries == [("text", "sign-in", "queued", "", 0)]
        mara.untaken()
        mara.wait_until("handed", attempts=1)
    complete(mara)
    # Errands are taken in their order: the one for what had been carried comes before these.
    other = new_subscriber(cluster)
    other.sign_in()
    other.settle()
    assert len(mara.came()) == 1
    assert mara.deliveries == [("text", "sign-in", "handed", "", 1)]


def test_what_became_too_old_while_nobody_carried_is_not_sent_in_a_burst(cluster):
    *late, lucky = [new_subscriber(cluster) for _ in range(4)]
    with cluster.worker.absent():
        for each in (*late, lucky):
            each.begin()
        cluster.write("UPDATE twofactor_code SET expires = now() WHERE user_id = %s", late[0].pk)
        cluster.write("UPDATE twofactor_delivery SET deadline = now() WHERE user_id = %s", late[1].pk)
        late[2].desk.post("/sign-in/cancel/")
    complete(lucky)
    for each in late:
        each.wait_until("failed", attempts=1)
        assert each.deliveries == [("text", "sign-in", "failed", "expired", 1)]
        assert each.came() == []
        assert each.counted("text-person/24h") == 0


def ask_thrice(cluster, mara: Subscriber) -> None:
    """Give the password at both processes, and no page waits for what is gone."""
    first, second = cluster.servers
    # The second at one process finds no connection left over from before.
    for server in (first, first, second):
        answer = mara.desk.give_password(mara.username, at=server)
        assert answer.leads_to == CODE_PAGE
        assert answer.seconds < BRISK


def test_a_text_asked_for_while_the_broker_is_away_leaves_all_the_same(cluster, mara):
    cluster.bell.kill()
    try:
        ask_thrice(cluster, mara)
        mara.untaken()
        # The earlier ones were for sign-ins that the last one has taken the place of.
        complete(mara)
    finally:
        cluster.bell.start()
    mara.forget()
    # And once it is back, workers carry again.
    mara.sign_in()


def test_a_text_asked_for_while_the_broker_hangs_leaves_all_the_same(cluster, mara):
    with cluster.bell.held_up():
        ask_thrice(cluster, mara)
        mara.untaken()
        complete(mara)
    mara.forget()
    mara.sign_in()


def test_while_the_carrier_is_away_a_text_waits_and_leaves_once_when_it_is_back(cluster, mara):
    with cluster.carrier.away():
        mara.begin()
        mara.wait_until("queued", attempts=1)
        assert mara.deliveries == [("text", "sign-in", "queued", "unreachable", 1)]
        assert mara.counted("text-person/24h") == 1
    mara.untaken()
    mara.wait_until("handed", attempts=2)
    assert len({each.key for each in mara.came(2)}) == 1
    assert mara.counted("text-person/24h") == 1
    complete(mara)


def test_a_worker_that_was_held_up_does_not_undo_what_another_has_done(cluster, mara):
    with cluster.carrier.holding(then=saying(422, {"reason": "number"})) as let_go:
        mara.begin()
        mara.came(1)
        with cluster.worker.held_up():
            mara.untaken()
            mara.wait_until("handed", attempts=2)
            let_go()
        # It wakes up and reads a refusal of what another has carried meanwhile.
        cluster.wait_for(REFUSED, mara.pk, mara.since)
    complete(mara)
    mara.settle()
    assert mara.deliveries == [("text", "sign-in", "handed", "", 2)]
    assert mara.counted("text-person/24h") == 1
