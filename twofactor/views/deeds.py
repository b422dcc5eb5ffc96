"""What staff can do for a client, one entry each: who may, what it means, and what is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.doors import person
from accounts.models import Login, User
from twofactor import desk, policy, proposing, recovery, sealed
from twofactor.models import Proposal
from twofactor.models.proposal import KEY, OTHERS, PASSCODE, PHONE

Run = Callable[[HttpRequest, User, str, dict[str, Any]], object]


@dataclass(frozen=True)
class Deed:
    """One button. `name` is its place in the address; one of `permissions` opens it; `means` says the consequences."""

    name: str
    permissions: tuple[str, ...]
    title: Promise
    means: tuple[Promise, ...]
    done: Promise
    run: Run
    # It takes something away from the client, or shuts them out.
    grave: bool = False
    # It is about one sign-in or one proposal.
    needs_row: bool = False
    longest: int = policy.REASON_LONGEST


def _at_once(story: Callable[[HttpRequest, User, str], object]) -> Run:
    return lambda request, user, _row, typed: story(request, user, typed["reason"])


def _login(user: User, row: str) -> Login:
    login = Login.objects.filter(pk=row, user=user).first()
    if login is None:
        raise desk.Nothing
    return login


def _proposal(user: User, row: str) -> Proposal:
    rows = Proposal.objects.select_related("user", "by").filter(user=user)
    found = rows.filter(pk=int(row)).first() if row.isdecimal() else None
    if found is None:
        raise desk.Nothing
    return found


def _passcode(request: HttpRequest, user: User, row: str, typed: dict[str, Any]) -> None:
    recovery.issue_passcode(_login(user, row), staff=person(request), reason=typed["reason"])


def _password(request: HttpRequest, user: User, _row: str, typed: dict[str, Any]) -> None:
    sealed.send_password(
        user, staff=person(request), reason=typed["reason"], compromised=typed["compromised"], request=request
    )


def _proposing(what: str) -> Run:
    return lambda request, user, row, typed: proposing.propose(
        request, user, what, typed["reason"], login=_login(user, row) if row else None
    )


def _approve(request: HttpRequest, user: User, row: str, typed: dict[str, Any]) -> None:
    proposing.approve(request, _proposal(user, row), typed["reason"])


def _withdraw(request: HttpRequest, user: User, row: str, typed: dict[str, Any]) -> None:
    if not proposing.cancel(request, _proposal(user, row), ended="staff", why=typed["reason"]):
        raise desk.Nothing


_TOLD = _("The client is told at every address we have.")
_PROPOSED = (
    _("Nothing happens yet: somebody else of the staff must approve it."),
    _("Then 24 hours pass. The client is told at every address we have, and can cancel it by one link."),
)
_AT_ONCE = _("The passcode is issued at once, on the page at which the caller waits.")
_IN_A_DAY = _("It is done after 24 hours, unless the client or somebody of the staff cancels it.")
_ALL = (
    Deed(
        "lock", ("lock_person",), _("Lock the account"),
        (
            _("Nobody can sign in as this client until a security officer unlocks the account."),
            _("Every browser is signed out now; every sign-in in progress and every passcode ends."), _TOLD,
        ),
        _("The account is locked."), _at_once(desk.lock), grave=True,
    ),
    Deed(
        "unlock", ("unlock_person",), _("Unlock the account"),
        (_("The client signs in again as before: same password, same second factor."), _TOLD),
        _("The account is unlocked."), _at_once(desk.unlock),
    ),
    Deed(
        "wake", ("issue_passcode",), _("Let them set up a second factor"),
        (
            _("They were away for a long time, and their password alone sets up no phone and no number."),
            _("Be sure that it is the client: check by a way that the caller did not give you."), _TOLD,
        ),
        _("The client can set up a second factor now."), _at_once(desk.wake),
    ),
    Deed(
        "end-sessions", ("end_sessions",), _("Sign out everywhere"),
        (
            _("Every browser of the client is signed out within seconds."),
            _("Every sign-in in progress ends, and a temporary passcode, too."), _TOLD,
        ),
        _("The client is signed out everywhere."), _at_once(desk.end_sessions), grave=True,
    ),
    Deed(
        "cancel", ("cancel_login",), _("Cancel this sign-in"),
        (_("Whoever waits at that page has to begin again. The question on the phone disappears."),),
        _("The sign-in is cancelled."),
        lambda request, user, row, typed: desk.cancel_sign_in(request, user, row, typed["reason"]),
        grave=True, needs_row=True,
    ),
    Deed(
        "passcode", ("issue_passcode",), _("Issue a passcode"),
        (
            _("First compare the words: you say the first one, and the caller answers with the second off their page."),
            _("The passcode appears on the page at which the caller waits. You do not see it, and do not ask for it."),
            _("It signs the client in for two days, and for ten more it only lets them activate a new phone."), _TOLD,
        ),
        _("The passcode stands on the caller's page now."), _passcode, needs_row=True,
    ),
    Deed(
        "take-back", ("issue_passcode",), _("Take the passcode back"),
        (
            _("It signs nobody in any more, and whoever came in with it is signed out now."),
            _("Another one then needs a second person, unless a new phone was activated with it."), _TOLD,
        ),
        _("The passcode is taken back."), _at_once(desk.take_passcode_back), grave=True,
    ),
    Deed(
        "switch-off", ("switch_off_key",), _("Switch the key off at once"),
        (
            _("The phone approves nothing any more, and every browser is signed out. This cannot be undone."),
            _("The key still stands in the way: the password alone is not enough. The client needs another way in."),
            _TOLD,
        ),
        _("The key is switched off."), _at_once(desk.switch_off), grave=True,
    ),
    Deed(
        "revoke", ("revoke_key",), _("Take the key away"),
        (
            _("What else they have signs the client in from now on: codes by text, a passkey, an app."),
            _("Every browser is signed out now."), _TOLD,
        ),
        _("The key is taken away."), _at_once(desk.revoke), grave=True,
    ),
    Deed(
        "propose-key", ("propose_removal",), _("Propose to take the key away"),
        (_("It is the client's last second factor: afterwards the password alone signs them in."), *_PROPOSED),
        _("It is proposed. Somebody else must approve it."), _proposing(KEY), grave=True, longest=policy.STORY_LONGEST,
    ),
    Deed(
        "propose-others", ("propose_removal",), _("Propose to take passkeys and app away"),
        (_("Without a key or a number the password alone signs the client in afterwards."), *_PROPOSED),
        _("It is proposed. Somebody else must approve it."), _proposing(OTHERS), grave=True,
        longest=policy.STORY_LONGEST,
    ),
    Deed(
        "propose-phone", ("propose_removal",), _("Propose to take the number away"),
        (_("No more codes or notices go to it. Without a key the password alone signs the client in."), *_PROPOSED),
        _("It is proposed. Somebody else must approve it."), _proposing(PHONE), grave=True,
        longest=policy.STORY_LONGEST,
    ),
    Deed(
        "propose-passcode", ("issue_passcode",), _("Propose another passcode"),
        (
            _("Somebody else of the staff must approve it while the caller waits."),
            _("Then it appears on the caller's page at once, and the client is told at every address we have."),
        ),
        _("It is proposed. Somebody else must approve it."), _proposing(PASSCODE), needs_row=True,
        longest=policy.STORY_LONGEST,
    ),
    Deed(
        "approve", ("approve_proposal",), _("Approve this proposal"),
        (
            _("You are the second person. Check with the client by a way that the caller did not give you."),
            _AT_ONCE, _IN_A_DAY, _TOLD,
        ),
        _("It is approved."), _approve, grave=True, needs_row=True,
    ),
    Deed(
        "withdraw", ("propose_removal", "approve_proposal"), _("Withdraw this proposal"),
        (_("What was proposed will not be done."),),
        _("It is withdrawn."), _withdraw, needs_row=True,
    ),
    Deed(
        "test", ("test_key",), _("Send a test notification"),
        (_("The client's phone shows a question that signs nobody in. This page says how far it has come."),),
        _("A test is on its way."), _at_once(desk.test_key),
    ),
    Deed(
        "password", ("send_password",), _("Send a sealed temporary password"),
        (
            _("Only the client's phone can open it, with its PIN. You do not see it."),
            _("It serves once, for 15 minutes, and only to choose a new password. The phone is asked as well."),
            _TOLD,
        ),
        _("The sealed password is on the client's phone."), _password,
    ),
    Deed(
        "check", ("check_caller",), _("Check the caller"),
        (
            _("The client's phone shows two words. You say the first one, and the caller answers with the second."),
            _("So they know that you are us, and you know that they hold the phone."),
        ),
        _("The words are on the client's phone."), _at_once(desk.check_caller),
    ),
    Deed(
        "lift", ("lift_refusals",), _("Let them sign in from there again"),
        (
            _("For an alarm that was raised by mistake: browsers and networks that the client refused may try again."),
            _TOLD,
        ),
        _("The refusals are lifted."), _at_once(desk.lift_refusals),
    ),
)  # fmt: skip
DEEDS = {deed.name: deed for deed in _ALL}


def means(deed: Deed, proposal: Proposal | None) -> tuple[Promise, ...]:
    """The consequences; of approving a proposal only those which that one has."""
    if deed.name != "approve" or proposal is None:
        return deed.means
    check, told = deed.means[0], deed.means[-1]
    return check, _AT_ONCE if proposal.what == PASSCODE else _IN_A_DAY, told
