"""A person who signs in with codes by text. What they know of a code they have read on their telephone."""

import itertools
from typing import Any

from tests.services.carrier import Handed
from tests.services.cluster import Cluster
from tests.services.people import Desk, Owner
from tests.services.talk import Message

CODE_PAGE = "/sign-in/verify/code/"
PHONE_PAGE = "/security/phone/"
QUIET = "SELECT count(*) = 0 FROM twofactor_delivery WHERE user_id = %s AND state IN ('queued', 'sending')"
_numbers = itertools.count()


def fresh_number() -> str:
    """A mobile number that nobody in these tests has, in E.164."""
    return f"+85292{next(_numbers):06}"


def national(number: str) -> str:
    return number.removeprefix("+852")


class Subscriber(Owner):
    """Somebody with a password, a desk and a telephone, and no key; after `verify_number` their number is verified."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.number = fresh_number()
        # By number: how many texts have been read, and how many had come when all was last settled.
        self._read = dict[str, int]()
        self._before = dict[str, int]()

    # --- The telephone ---

    def next_text(self, number: str = "") -> Handed:
        """The next one that has not been read yet, once it is there."""
        number = number or self.number
        count = self._read[number] = self._read.get(number, 0) + 1
        return self.cluster.carrier.expect(number, count)[count - 1]

    def next_code(self, number: str = "") -> str:
        """The code in the next text that has one."""
        while not (text := self.next_text(number)).code:
            pass
        return text.code

    def came(self, count: int = 0) -> list[Handed]:
        """What the carrier was handed for their number since all was settled, once it is so many attempts."""
        before = self._before.get(self.number, 0)
        return self.cluster.carrier.expect(self.number, before + count)[before:]

    def settle(self) -> None:
        """Go on once the outbox has nothing more for this person, and take what came as read."""
        self.cluster.wait_for(QUIET, self.pk)
        for number in {self.number, *self._read}:
            self._read[number] = self._before[number] = len(self.cluster.carrier.to(number))

    rest = settle

    def wait_until(self, state: str, attempts: int) -> None:
        """Go on once their newest delivery is in this state after so many attempts."""
        newest = "SELECT state = %s AND attempts = %s FROM twofactor_delivery WHERE user_id = %s ORDER BY created DESC"
        self.cluster.wait_for(f"{newest} LIMIT 1", state, attempts, self.pk)

    # --- The road ---

    def verify_number(self) -> None:
        """From a password to a verified number: from here on codes by text complete the sign-in."""
        assert self.desk.give_password(self.username).leads_to == "/"
        self.ask(self.number)
        assert self.desk.take(self.cluster.send(self.confirmation(self.next_code()))).leads_to == PHONE_PAGE
        assert self.phones == [("verified", "on")]
        self.forget()

    def ask(self, number: str, desk: Desk | None = None) -> None:
        """Type a number to confirm."""
        answer = (desk or self.desk).post(PHONE_PAGE, country="HK", number=national(number))
        assert answer.leads_to == PHONE_PAGE, answer.text[-1500:]

    def confirmation(self, code: str, desk: Desk | None = None) -> Message:
        return (desk or self.desk).message("POST", f"{PHONE_PAGE}confirm/", code=code)

    def begin(self, desk: Desk | None = None) -> str:
        answer = (desk or self.desk).give_password(self.username)
        assert answer.leads_to == CODE_PAGE, f"{answer} {answer.text[-500:]}"
        return self.newest_login

    def typed(self, code: str, desk: Desk | None = None) -> Message:
        return (desk or self.desk).message("POST", CODE_PAGE, code=code)

    def again(self, way: str = "again") -> Message:
        """ "Send the code again"; way "call": "Call me instead"."""
        return self.desk.message("POST", f"{CODE_PAGE}{way}/")

    def sign_in(self, desk: Desk | None = None) -> Desk:
        desk = desk or self.desk
        self.begin(desk)
        answer = desk.take(self.cluster.send(self.typed(self.next_code(), desk)))
        assert answer.leads_to == "/", answer.text[-1500:]
        return desk

    # --- The rows ---

    @property
    def phones(self) -> list[tuple[Any, ...]]:
        """State and texts of the numbers that are or may become theirs."""
        current = "SELECT state, texts FROM twofactor_phone WHERE user_id = %s AND state IN ('unverified', 'verified')"
        return self.cluster.rows(f"{current} ORDER BY state", self.pk)

    @property
    def codes(self) -> list[tuple[Any, ...]]:
        """State and wrong tries of their codes, the oldest first."""
        return self.cluster.rows(
            "SELECT state, failures FROM twofactor_code WHERE user_id = %s ORDER BY created, id", self.pk
        )

    @property
    def deliveries(self) -> list[tuple[Any, ...]]:
        """What was to be carried: way, kind, state, reason and attempts, the oldest first."""
        return self.cluster.rows(
            "SELECT way, kind, state, reason, attempts FROM twofactor_delivery WHERE user_id = %s ORDER BY created, id",
            self.pk,
        )

    def later(self, seconds: int = 61) -> None:
        """So much later, for what was sent; after a minute the next text and the next call may be asked for."""
        self.cluster.write(
            "UPDATE twofactor_delivery SET created = created - make_interval(secs => %s) WHERE user_id = %s",
            seconds,
            self.pk,
        )

    def untaken(self) -> None:
        """What waits for a worker has waited so long that others may carry it; a lease that runs has run out."""
        self.cluster.write(
            "UPDATE twofactor_delivery SET next_at = now() - interval '11 seconds',"
            " leased_until = CASE WHEN state = 'sending' THEN now() END"
            " WHERE user_id = %s AND state IN ('queued', 'sending')",
            self.pk,
        )

    def forget(self) -> None:
        self.settle()
        write = self.cluster.write
        for table in ("twofactor_delivery", "twofactor_code"):
            write(f"DELETE FROM {table} WHERE user_id = %s", self.pk)
        super().forget()

    def begin_anew(self, texts: str = "on") -> None:
        """As long ago: their one number with texts on or off, no key, and a desk that has just signed in."""
        write = self.cluster.write
        write("DELETE FROM accounts_opensession WHERE user_id = %s", self.pk)
        mine = "(SELECT id FROM twofactor_portalkey WHERE user_id = %s)"
        write(f"DELETE FROM twofactor_challenge WHERE key_id IN {mine}", self.pk)
        write(f"DELETE FROM twofactor_message WHERE key_id IN {mine}", self.pk)
        for table in ("activation", "portalkey"):
            write(f"DELETE FROM twofactor_{table} WHERE user_id = %s", self.pk)
        write("UPDATE twofactor_phone SET replaces_id = NULL WHERE user_id = %s", self.pk)
        first = "(SELECT min(id) FROM twofactor_phone WHERE user_id = %s)"
        write(f"DELETE FROM twofactor_phone WHERE user_id = %s AND id <> {first}", self.pk, self.pk)
        write(
            "UPDATE twofactor_phone SET state = 'verified', texts = %s, confirmed = true, held_until = NULL,"
            " retired_at = NULL, reason = '' WHERE user_id = %s",
            texts,
            self.pk,
        )
        self.phone.keys.clear()
        self.desk = Desk(self.cluster)
        if texts == "on":
            self.sign_in()
        else:
            assert self.desk.give_password(self.username).leads_to == "/"
        self.forget()


def new_subscriber(cluster: Cluster) -> Subscriber:
    """Somebody whose number was verified long ago."""
    somebody = Subscriber(cluster)
    somebody.verify_number()
    return somebody
