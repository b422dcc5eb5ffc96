"""The numbers of the policy, P-01 to P-51: what each is here, its cap, and where we leave the reference and why.

The numbers themselves stand in `accounts.policy` and `twofactor.policy` alone, those of the protocol in
`twofactor.protocol`; here they are read and never repeated. `manage.py policy` prints the table of docs/security.md.
"""

from twofactor.reference.bounds import BOUNDS, Bound
from twofactor.reference.kept import KEPT
from twofactor.reference.kinds import Number, as_markdown
from twofactor.reference.signing_in import SIGNING_IN

NUMBERS = (*SIGNING_IN, *KEPT)

__all__ = ["BOUNDS", "NUMBERS", "Bound", "Number", "as_markdown"]
