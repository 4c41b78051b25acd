"""Rasa's seams, used or tightened so that actions run in our process and no failure is swallowed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection as SdkRejection

from kefu.engine.turn import TurnFailed, current_turn


class InProcessActions(EndpointConfig):
    """An action endpoint without HTTP: the same JSON in, the same JSON out, in the turn's thread and transaction."""

    def __init__(self, package: str = "actions") -> None:
        super().__init__(url="inprocess://actions", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        try:
            return await self._executor.run(json)  # type: ignore[arg-type]
        except SdkRejection as rejection:
            raise ClientResponseError(400, "rejected", _rejection(rejection)) from rejection


def _rejection(rejection: SdkRejection) -> str:
    return json.dumps({"error": rejection.message, "action_name": rejection.action_name})


class OwnLocks(LockStore):
    """Rasa asks for a lock; the conversation's row and our in-process lock are already held around it."""

    def __init__(self) -> None:
        super().__init__()

    @asynccontextmanager
    async def lock(self, *_: Any, **__: Any) -> AsyncGenerator[TicketLock, None]:
        yield None  # type: ignore[misc]


class StrictProcessor(MessageProcessor):
    """Rasa's processor, but a failed action fails the turn (Rasa logs it and goes on as if nothing happened)."""

    async def _run_action(self, action: Action, *args: Any, **kwargs: Any) -> bool:
        run = action.run

        async def watched(*a: Any, **k: Any) -> Any:
            try:
                return await run(*a, **k)
            except ActionExecutionRejection:
                raise
            except BaseException as problem:
                _fail(problem)
                raise

        action.run = watched  # type: ignore[method-assign]
        return bool(await super()._run_action(action, *args, **kwargs))

    def is_action_limit_reached(self, *args: Any, **kwargs: Any) -> bool:
        reached = bool(super().is_action_limit_reached(*args, **kwargs))
        if reached:
            _fail(TurnFailed("too many actions in one turn"))
        return reached


def _fail(problem: BaseException) -> None:
    turn = current_turn()
    if turn is not None:
        turn.fail(problem)


class Replies(CollectingOutputChannel):
    """Rasa's collector, but what belongs to a picture (`custom`: its text for those who do not see it) stays with it."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        if not message.get("image"):
            await super().send_response(recipient_id, message)
            return
        picture = {"image": message.pop("image"), "custom": message.pop("custom", None) or None}
        await super().send_response(recipient_id, message)
        await self._persist_message(self._message(recipient_id, **picture))


class KefuAgent(Agent):
    """Rasa's agent with the strict processor."""

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        self.processor = StrictProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        if isinstance(self.nlg, TemplatedNaturalLanguageGenerator):
            self.nlg.responses = self.domain.responses


def _check_shape(_: RemoteAction, result: dict[str, Any]) -> bool:
    """What Rasa's JSON schema is there for, at a hundredth of its cost: the SDK in this process made the answer."""
    events, responses = result.get("events"), result.get("responses")
    well_formed = (
        isinstance(events, list)
        and isinstance(responses, list)
        and all(isinstance(row, dict) and isinstance(row.get("event"), str) for row in events)
        and all(isinstance(row, dict) for row in responses)
    )
    if not well_formed:
        raise TurnFailed("an action answered in the wrong shape")
    return True


def trust_own_actions() -> None:
    """Rasa compiles and runs a JSON schema over every action's answer: half of its CPU a message (lab notes)."""
    RemoteAction._validate_action_result = _check_shape  # type: ignore[method-assign]
