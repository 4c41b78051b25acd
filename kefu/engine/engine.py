"""The assistant: a trained Rasa model in our process. Understands a message; answers it inside a turn."""

from __future__ import annotations

import asyncio
import copy
import threading
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.model import get_latest_model

from kefu.attachments.service import PHOTO_WORDS
from kefu.engine.inprocess import InProcessActions, KefuAgent, OwnLocks, Replies, trust_own_actions
from kefu.engine.tracker_store import DialogueStore
from kefu.engine.training import model_path
from kefu.engine.turn import Turn, TurnFailed, running
from kefu.nlu.danger import EMERGENCY, DangerLexicon
from kefu.settings import ROOT

PARSES_KEPT = 5000
# A message that is nothing but a photo: some datum, which the talk explains (actions/photos.py).
A_PHOTO = {"name": "inform", "confidence": 1.0}
_threads = threading.local()


@dataclass(frozen=True)
class Understanding:
    """What a message means. `danger` is the kind of danger (a key of company/safety.yml), "" for one of no known kind."""

    parse: dict[str, Any]
    problem: Exception | None = None

    @property
    def text(self) -> str:
        """What the customer said."""
        return str(self.parse["text"])

    @property
    def intent(self) -> str:
        return str(self.parse["intent"]["name"])

    @property
    def confidence(self) -> float:
        return float(self.parse["intent"]["confidence"])

    @property
    def service(self) -> str | None:
        return next((str(e["value"]) for e in self.parse["entities"] if e["entity"] == "service"), None)

    @property
    def danger(self) -> str | None:
        kind = next((str(e["value"]) for e in self.parse["entities"] if e["entity"] == "danger"), None)
        return kind or ("" if self.intent == EMERGENCY else None)


class Engine:
    """One per process. `understand` may run in any thread; `respond` runs in a turn's thread."""

    def __init__(self, model_dir: Path, turn_timeout_s: float) -> None:
        path = str(model_path()) if model_path().exists() else get_latest_model(str(model_dir))
        if path is None:
            raise FileNotFoundError(f"no trained model in {model_dir}: run `make train`")
        self.timeout_s = turn_timeout_s
        trust_own_actions()
        self.store = DialogueStore()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Rasa's own, at load
            # not Agent.load: it builds a plain Agent, whose processor swallows failures
            self._agent = KefuAgent(tracker_store=self.store, lock_store=OwnLocks(), action_endpoint=InProcessActions())
            self._agent.load_model(path)
        self.model = self.store.model = Path(path).name
        self._lexicon = DangerLexicon.from_file(ROOT / "data" / "lexicon" / "danger.yml")
        self._parses: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._parse_guard = threading.Lock()

    def understand(self, text: str) -> Understanding:
        """Intent, entities and danger of a raw message. Reads nothing but the model; never raises.

        When the model fails, the danger lexicon still speaks, and `problem` makes the turn fail in the open.
        """
        with self._parse_guard:
            known = self._parses.get(text)
        if known is None:
            try:
                known = self._parse(text)
            except Exception as problem:  # whatever the model trips over
                return self._danger_only(text, problem)
            with self._parse_guard:
                self._parses[text] = known
                while len(self._parses) > PARSES_KEPT:
                    self._parses.popitem(last=False)
        return Understanding(copy.deepcopy(known))

    def _parse(self, text: str) -> dict[str, Any]:
        if text == PHOTO_WORDS:
            return {"text": text, "intent": dict(A_PHOTO), "intent_ranking": [dict(A_PHOTO)], "entities": []}
        assert self._agent.processor is not None
        # "/intent" is Rasa's own command syntax; from a customer it is only text
        spoken = "／" + text[1:] if text.startswith("/") else text
        parse: dict[str, Any] = _loop().run_until_complete(self._agent.processor.parse_message(UserMessage(spoken)))
        parse["text"] = spoken
        return parse

    def _danger_only(self, text: str, problem: Exception) -> Understanding:
        danger = self._lexicon.find(text)
        entities = [{"entity": "danger", "value": danger.kind}] if danger else []
        intent = {"name": EMERGENCY if danger else "nlu_fallback", "confidence": 1.0 if danger else 0.0}
        return Understanding({"text": text, "intent": intent, "entities": entities}, problem)

    def respond(self, turn: Turn, text: str, understanding: Understanding, channel: str) -> list[dict[str, Any]]:
        """The assistant's replies. Raises TurnFailed when any part failed: the caller must roll back."""
        if understanding.problem is not None:
            raise TurnFailed("the model failed to read the message") from understanding.problem
        collected = Replies()
        message = UserMessage(
            text,
            collected,
            turn.conversation_id,
            parse_data=understanding.parse,
            input_channel=channel,
            metadata={"attachments": turn.attachments} if turn.attachments else None,
        )
        with running(turn):
            try:
                _loop().run_until_complete(asyncio.wait_for(self._agent.handle_message(message), self.timeout_s))
            except TimeoutError as problem:
                raise TurnFailed(f"the turn took longer than {self.timeout_s} s") from problem
            if turn.failure is not None:
                raise TurnFailed(f"{type(turn.failure).__name__} in an action") from turn.failure
        messages: list[dict[str, Any]] = collected.messages
        return messages

    def remember(self, turn: Turn) -> None:
        """After the commit: keep the dialogue in memory for the next turn."""
        if turn.tracker is not None:
            self.store.cache.put(turn.conversation_id, turn.number, turn.tracker)


def _loop() -> asyncio.AbstractEventLoop:
    """This thread's own event loop: nothing of a turn runs on the loop that serves HTTP."""
    loop: asyncio.AbstractEventLoop | None = getattr(_threads, "loop", None)
    if loop is None:
        loop = _threads.loop = asyncio.new_event_loop()
    return loop
