"""Counters that did not exist a moment ago, asked by both processes at once: nobody too few, nobody too many."""

from collections import Counter

from tests.services.people import Desk, Owner, fresh_address

WRONG = "0000-0000-0000"


def claims(owner, addresses):
    """Wrong activation codes, one from each of these addresses."""
    return [owner.stranger(address, lambda phone: phone.claim(WRONG)) for address in addresses]


def test_forty_at_once_on_a_fresh_counter_all_have_room(cluster):
    owner = Owner(cluster)
    for _round in range(3):
        cluster.write("DELETE FROM accounts_tally")
        answers = cluster.race(claims(owner, [fresh_address() for _ in range(40)]))
        assert Counter(answer.code for answer in answers) == {"code-unknown": 40}
        assert owner.counted("activation-site/10m", "site") == 40


def test_of_forty_at_once_from_a_fresh_address_as_many_as_allowed_are_compared(cluster):
    owner = Owner(cluster)
    for _round in range(3):
        cluster.write("DELETE FROM accounts_tally")
        address = fresh_address()
        answers = cluster.race(claims(owner, [address] * 40))
        assert Counter(answer.code for answer in answers) == {"code-unknown": 20, "slow-down": 20}
        assert owner.counted("activation-address/10m", address) == 20
        assert owner.counted("activation-site/10m", "site") == 20, "who is refused uses up nothing of the others"
        assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 429)


def test_of_twenty_wrong_passwords_at_once_for_a_fresh_name_five_are_compared(cluster):
    for number in range(3):
        cluster.write("DELETE FROM accounts_tally")
        name = f"nobody{number}"
        desks = [Desk(cluster, {"csrftoken": "a" * 32}) for _ in range(20)]
        answers = cluster.race([desk.message("POST", "/sign-in/", username=name, password="x") for desk in desks])
        told = Counter(answer.status for answer in answers)
        # The fifth in a row starts the wait: of a second, after which a slow machine lets one more in.
        assert told[200] + told[429] == 20
        assert 5 <= told[200] <= 5 + int(max(answer.seconds for answer in answers))
        counted = "SELECT count FROM accounts_tally WHERE name = 'password' AND subject LIKE 'name-%%'"
        assert cluster.one(counted) == told[200]
        assert cluster.one("SELECT count FROM accounts_tally WHERE name = 'password-site/5m'") == told[200]
