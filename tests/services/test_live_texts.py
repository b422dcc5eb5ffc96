"""The desk is told how far a text has come, whichever process or worker learns of it."""

from contextlib import contextmanager

from tests.services.people import SOON, hear
from tests.services.subscribers import CODE_PAGE, Subscriber


@contextmanager
def told(mara: Subscriber, server):
    """Within this block the desk that waits at this process is told; afterwards its page is there to be read."""
    with mara.desk.watch(server) as watching:
        before = hear(watching, "waiting", SOON)["version"]
        yield
        while hear(watching, "waiting", SOON)["version"] <= before:
            pass
    mara.desk.get(CODE_PAGE, server)


def test_a_desk_is_told_when_the_worker_has_handed_a_text_over(cluster, mara):
    for server in cluster.servers:
        with cluster.carrier.holding() as let_go:
            mara.begin()
            mara.came(1)
            assert "Handed to the carrier at" not in mara.desk.get(CODE_PAGE, server).text
            with told(mara, server):
                let_go()
        assert "Handed to the carrier at" in mara.desk.page
        mara.forget()


def test_a_desk_is_told_at_one_process_what_a_carrier_reports_to_the_other(cluster, mara):
    here, there = cluster.servers
    mara.begin()
    (text,) = mara.came(1)
    mara.wait_until("handed", attempts=1)
    with told(mara, here):
        assert cluster.send(cluster.carrier.report(text, "delivered"), there).status == 204
    assert "Reached the phone at" in mara.desk.page
    mara.forget()
    mara.begin()
    (text,) = mara.came(1)
    mara.wait_until("handed", attempts=1)
    with told(mara, there):
        assert cluster.send(cluster.carrier.report(text, "failed", reason="blocked"), here).status == 204
    assert "A filter of the telephone company or of the phone stopped it" in mara.desk.page


def test_reports_that_meet_end_in_the_best_news_and_are_recorded_once(cluster, mara):
    mara.begin()
    (text,) = mara.came(1)
    mara.wait_until("handed", attempts=1)
    good, bad = cluster.carrier.report(text, "delivered"), cluster.carrier.report(text, "failed", reason="blocked")
    answers = cluster.race([good, bad] * 6)
    assert {answer.status for answer in answers} == {204}
    assert mara.deliveries == [("text", "sign-in", "delivered", "", 1)]
    assert mara.recorded("delivery.arrive") == 1
    assert mara.recorded("delivery.fail", ok=False) <= 1


def test_a_report_that_comes_before_the_worker_has_noted_the_handing_over_counts(cluster, mara):
    with cluster.carrier.holding() as let_go:
        mara.begin()
        (text,) = mara.came(1)
        assert cluster.send(cluster.carrier.report(text, "delivered")).status == 204
        let_go()
        cluster.wait_for("SELECT handed_at IS NOT NULL FROM twofactor_delivery WHERE user_id = %s", mara.pk)
    assert mara.deliveries == [("text", "sign-in", "delivered", "", 1)]
