"""An answer decides one question, once: the right key, the right words, in time, and nothing else."""

import hashlib
from dataclasses import replace

import pytest

from accounts.models import Login, User
from tests.factories import PIN, desk, finish, give_password, person
from tests.pocket import Problem, b64, canonical
from tests.stories.ways import (
    activated,
    events,
    is_in,
    sign_out,
    state,
)
from twofactor.models import PortalKey


@pytest.fixture
def waiting(mara, pocket, known):
    """A known browser that waits for Mara's tap."""
    give_password(known, mara)
    return known


def refusal_of(act, *args, **kwargs):
    with pytest.raises(Problem) as refusal:
        act(*args, **kwargs)
    return refusal.value


def say(pocket, asked, **changed):
    """An approval that differs from the right one by these claims."""
    claims = {
        "nonce": asked["nonce"],
        "challenge": asked["id"],
        "verdict": "approve",
        "display": b64(hashlib.sha256(canonical(asked["display"])).digest()),
        "number": asked["question"],
        "response": pocket.response(asked["kid"], PIN, asked["question"]),
        **changed,
    }
    statement = pocket._signed(pocket.keys[asked["kid"]], "answer", claims)
    return pocket.post(f"/challenges/{asked['id']}/answer", {"statement": statement})


def recorded(pocket):
    """Keep what the phone sends, to send it again."""
    sent, post = [], pocket._post

    def keep(path, body):
        sent.append((path, body))
        return post(path, body)

    pocket._post = keep
    return sent


# --- The whole road ---


def test_an_approval_signs_in_the_browser_that_began(mara, pocket, waiting):
    assert state(waiting) == "waiting"
    assert pocket.approve(pocket.challenge(), PIN)["state"] == "approved"
    assert state(waiting) == "approved"
    assert not is_in(waiting)
    assert finish(waiting)["Location"] == "/"
    assert is_in(waiting)
    assert events("challenge.approve")[-1] == ("ok", "")
    assert events("login.claim")[-1] == ("ok", "")


def test_an_approval_alone_signs_nobody_in(mara, pocket, waiting):
    pocket.approve(pocket.challenge(), PIN)
    assert waiting.get("/security/").status_code == 302
    assert Login.objects.filter(state="consumed").count() == 2  # those of the fixtures


# --- Whose it is (AT-001, AT-002, AT-004) ---


@pytest.fixture
def danas(db):
    dana = person("dana")
    return activated(desk(), dana)


def test_another_persons_key_decides_nothing(mara, pocket, waiting, danas):
    asked = pocket.challenge()
    kid = next(iter(danas.keys))
    refusal = refusal_of(danas.approve, {**asked, "kid": kid}, PIN)
    assert (refusal.status, refusal.code) == (404, "not-found")
    assert state(waiting) == "waiting"
    assert pocket.approve(asked, PIN)["state"] == "approved"


def test_another_persons_question_is_as_unknown_as_none(pocket, waiting, danas):
    asked, kid = pocket.challenge(), next(iter(danas.keys))
    answers = []
    for name in (asked["id"], "A" * 22, "x"):
        for act in (lambda c: danas.approve(c, PIN), danas.cancel, lambda c: danas.seen(c, "shown")):
            refusal = refusal_of(act, {**asked, "kid": kid, "id": name})
            answers.append((refusal.status, refusal.code, refusal.body["detail"]))
    assert len(set(answers)) == 1


def test_a_signature_by_another_key_is_none(mara, pocket, waiting, danas):
    """The name of the right key over the signature of a wrong one."""
    asked = pocket.challenge()
    danas.keys[asked["kid"]] = replace(next(iter(danas.keys.values())), kid=asked["kid"])
    refusal = refusal_of(danas.approve, asked, PIN)
    assert (refusal.status, refusal.code) == (403, "bad-signature")
    assert state(waiting) == "waiting"


def test_of_two_sign_ins_only_the_one_that_was_meant_moves(mara, pocket, known, here):
    """AT-002."""
    give_password(known, mara)
    (mine,) = pocket.challenges()
    give_password(here, mara)
    pocket.approve(mine, PIN)
    finish(here)
    assert not is_in(here)
    assert state(here) == "waiting"
    finish(known)
    assert is_in(known)


# --- Once (AT-005) ---


def test_it_refuses_a_second_answer(mara, pocket, waiting):
    asked = pocket.challenge()
    pocket.approve(asked, PIN)
    for again in (lambda: pocket.approve(asked, PIN), lambda: pocket.cancel(asked), lambda: pocket.not_me(asked)):
        refusal = refusal_of(again)
        assert (refusal.status, refusal.code, refusal.body["state"]) == (409, "settled", "approved")
    assert state(waiting) == "approved"
    assert not User.objects.get(pk=mara.pk).password_change_required


def test_a_refusal_is_not_taken_back(mara, pocket, waiting):
    asked = pocket.challenge()
    pocket.cancel(asked)
    refusal = refusal_of(pocket.approve, asked, PIN)
    assert (refusal.code, refusal.body["state"]) == ("settled", "denied")
    assert state(waiting) == "denied"


def test_the_same_bytes_again_do_nothing(mara, pocket, known):
    """After the claim, and while another sign-in waits."""
    give_password(known, mara)
    sent = recorded(pocket)
    pocket.approve(pocket.challenge(), PIN)
    path, body = sent[-1]
    assert path.endswith("/answer")
    finish(known)
    sign_out(known)
    assert pocket._post(path, body)[0] == 409
    give_password(known, mara)
    status, problem, _headers = pocket._post(path, body)
    assert (status, problem["code"]) == (409, "settled")
    assert state(known) == "waiting"


def test_the_same_bytes_on_another_question_do_nothing(mara, pocket, known):
    give_password(known, mara)
    sent = recorded(pocket)
    pocket.approve(pocket.challenge(), PIN)
    _path, body = sent[-1]
    finish(known)
    sign_out(known)
    give_password(known, mara)
    other = pocket.challenge()["id"]
    status, problem, _headers = pocket._post(f"/authenticator/api/challenges/{other}/answer", body)
    assert (status, problem["code"]) == (403, "bad-signature")
    assert state(known) == "waiting"


# --- What was signed (AT-006) ---

ALTERED = [
    {"display": b64(bytes(32))},
    {"nonce": b64(bytes(32))},
    {"aud": "https://evil.example"},
    {"aud": "http://localhost"},
    {"iat": 0},
    {"challenge": "A" * 22},
]


@pytest.mark.parametrize("claims", ALTERED, ids=lambda claims: next(iter(claims)))
def test_anything_else_than_what_was_asked_is_refused(pocket, waiting, claims):
    refusal = refusal_of(say, pocket, pocket.challenge(), **claims)
    assert (refusal.status, refusal.code) == (403, "bad-signature")
    assert state(waiting) == "waiting"
    assert PortalKey.objects.get().pin_failures == 0


SHAPES = [
    {"verdict": "maybe"},
    {"verdict": None},
    {"number": None},
    {"number": 483920},
    {"response": None},
    {"response": 12345678},
    {"display": None},
    {"nonce": 7},
    {"iat": "now"},
    {"iat": True},
    {"challenge": None},
]


@pytest.mark.parametrize("claims", SHAPES, ids=lambda claims: repr(claims))
def test_a_statement_of_the_wrong_shape_is_malformed(pocket, waiting, claims):
    refusal = refusal_of(say, pocket, pocket.challenge(), **claims)
    assert (refusal.status, refusal.code) == (400, "malformed")
    assert state(waiting) == "waiting"


def test_the_right_one_is_taken(pocket, waiting):
    assert say(pocket, pocket.challenge())["state"] == "approved"


def test_another_display_than_was_asked_is_refused(pocket, waiting):
    """The phone signs what it showed; a changed word is another question."""
    asked = pocket.challenge()
    asked["display"]["account"] = "Somebody Else"
    assert refusal_of(pocket.approve, asked, PIN).code == "bad-signature"
    assert state(waiting) == "waiting"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_one_changed_letter_is_refused(pocket, waiting, part):
    asked, post = pocket.challenge(), pocket._post

    def tamper(path, body):
        parts = body["statement"].split(".")
        parts[part] = parts[part][:10] + ("A" if parts[part][10] != "A" else "B") + parts[part][11:]
        return post(path, {"statement": ".".join(parts)})

    pocket._post = tamper
    assert refusal_of(pocket.approve, asked, PIN).code in ("malformed", "bad-signature", "key-inactive")
    assert state(waiting) == "waiting"


@pytest.mark.parametrize("kind", ["inbox", "seen", "attach", "label", "revoke", "activation"])
def test_a_statement_for_another_use_is_no_answer(pocket, waiting, kind):
    asked = pocket.challenge()
    real = pocket._signed
    pocket._signed = lambda key, _kind, claims, header=None: real(key, kind, claims, header)
    refusal = refusal_of(pocket.approve, asked, PIN)
    assert (refusal.status, refusal.code) == (403, "bad-signature")


def test_a_signed_refusal_cannot_be_turned_round(pocket, waiting):
    """The verdict is inside what is signed; no field outside it counts."""
    asked = pocket.challenge()
    post = pocket._post
    pocket._post = lambda path, body: post(path, {**body, "verdict": "approve", "state": "approved"})
    assert pocket.cancel(asked)["state"] == "denied"
    assert state(waiting) == "denied"
