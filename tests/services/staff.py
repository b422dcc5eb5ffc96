"""Staff at the support desk, who press its buttons from outside."""

from tests.services.cluster import Cluster
from tests.services.people import Owner
from tests.services.talk import Message


class Staff(Owner):
    """A superuser with a key, who has just signed in."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.activate()
        cluster.write("UPDATE accounts_user SET is_staff = true, is_superuser = true WHERE id = %s", self.pk)
        cluster.write("DELETE FROM accounts_tally")
        self.sign_in()

    def press(self, owner: Owner, deed: str, row: object = "") -> Message:
        """What the button of this deed sends, its reason given."""
        parts = ["/admin/accounts/user", str(owner.pk), "desk", deed, *([str(row)] if row else [])]
        return self.desk.message("POST", "/".join(parts) + "/", reason="Ticket 4711")
