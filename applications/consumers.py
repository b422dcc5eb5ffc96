"""The page of an action, told live. Like every socket it tells and never decides."""

from __future__ import annotations

from applications.standing import ActionStanding
from twofactor import live
from twofactor.consumers import Watch
from twofactor.sockets import reading

KIND = "action"


class ActionStatus(Watch):
    """Rung whenever anything of this person changes: their own answer, and that of whoever approves beside them."""

    kind = KIND

    def group(self, name: str) -> str:
        return live.person_group(int(name.partition(":")[0]))

    async def read(self, name: str) -> ActionStanding | None:
        return await reading(ActionStanding.named, name)
