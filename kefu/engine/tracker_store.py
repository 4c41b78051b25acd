"""Rasa's dialogue memory in our database: one row a turn, folded into a snapshot when it grows.

Inside a turn everything is written in the turn's transaction and kept in memory only after its commit. Outside a turn
(`rasa shell`, through endpoints.yml) each save is a transaction of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice
from threading import Lock
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, LoopInterrupted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.db.session import transaction
from kefu.engine.models import Dialogue, DialogueTurn
from kefu.engine.turn import current_turn
from kefu.settings import get_settings


def snapshot_events(tracker: DialogueStateTracker) -> list[Event]:
    """The fewest events that bring a fresh tracker to where this one stands between two turns: slots, form, listening."""
    events: list[Event] = [
        SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value != slot.initial_value
    ]
    if tracker.active_loop_name:
        events.append(ActiveLoop(tracker.active_loop_name))
        if tracker.is_active_loop_interrupted:
            events.append(LoopInterrupted(True))
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return events


class TrackerCache:
    """Dialogues kept between turns. Taken out while a turn runs: a failed turn never puts its tracker back."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, tuple[int, DialogueStateTracker]] = OrderedDict()
        self._guard = Lock()

    def take(self, conversation_id: str, turn: int) -> DialogueStateTracker | None:
        """The tracker as of `turn`, or None when another process has moved on."""
        with self._guard:
            kept = self._kept.pop(conversation_id, None)
        return kept[1] if kept and kept[0] == turn else None

    def put(self, conversation_id: str, turn: int, tracker: DialogueStateTracker) -> None:
        with self._guard:
            self._kept[conversation_id] = (turn, tracker)
            self._kept.move_to_end(conversation_id)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._guard:
            self._kept.clear()


class DialogueStore(TrackerStore):
    """Events in `dialogue_turn`, the snapshot in `dialogue.state`."""

    def __init__(
        self, domain: Domain | None = None, host: Any = None, event_broker: EventBroker | None = None, **_: Any
    ) -> None:
        super().__init__(domain, event_broker)
        settings = get_settings()
        self.model = "unknown"
        self.cache = TrackerCache(settings.tracker_cache)
        self._fold_after = settings.snapshot_events
        self._known: dict[str, int] = {}

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        with transaction() as session:
            dialogue = session.get(Dialogue, sender_id)
            if dialogue is None:
                return None
            tracker = self.cache.take(sender_id, dialogue.turn) if current_turn() else None
            if tracker is None:
                tracker = self._load(session, dialogue)
            self._known[sender_id] = len(tracker.events)
            return tracker

    def _load(self, session: Session, dialogue: Dialogue) -> DialogueStateTracker:
        later = session.scalars(
            select(DialogueTurn.events)
            .where(DialogueTurn.conversation_id == dialogue.conversation_id, DialogueTurn.turn > dialogue.state_turn)
            .order_by(DialogueTurn.turn)
        )
        rows = [*dialogue.state, *(row for events in later for row in events)]
        events = [event for row in rows if (event := Event.from_parameters(row))]
        return self._build(dialogue.conversation_id, events)

    def _build(self, conversation_id: str, events: list[Event]) -> DialogueStateTracker:
        return DialogueStateTracker.from_events(conversation_id, events, self.domain.slots, domain=self.domain)

    async def save(self, tracker: DialogueStateTracker) -> None:
        known = self._known.pop(tracker.sender_id, 0)
        fresh = [event.as_dict() for event in islice(tracker.events, known, None)]
        if not fresh:
            return
        with transaction() as session:
            dialogue = session.get(Dialogue, tracker.sender_id) or _begin(session, tracker.sender_id)
            dialogue.turn += 1
            turn = current_turn()
            session.add(
                DialogueTurn(
                    conversation_id=dialogue.conversation_id,
                    turn=dialogue.turn,
                    inbox_id=turn.inbox_id if turn else None,
                    model=self.model,
                    at=clock.now(),
                    events=fresh,
                )
            )
            if len(tracker.events) > self._fold_after:
                tracker = self._fold(dialogue, tracker)
            if turn:
                turn.number, turn.tracker = dialogue.turn, tracker

    def _fold(self, dialogue: Dialogue, tracker: DialogueStateTracker) -> DialogueStateTracker:
        events = snapshot_events(tracker)
        dialogue.state = [event.as_dict() for event in events]
        dialogue.state_turn = dialogue.turn
        return self._build(dialogue.conversation_id, events)

    async def create_tracker(self, sender_id: str, append_action_listen: bool = True) -> DialogueStateTracker:
        """A fresh tracker; saved with its first turn, not before."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        self._known[sender_id] = 0
        return tracker

    async def keys(self) -> Iterable[str]:
        with transaction() as session:
            return list(session.scalars(select(Dialogue.conversation_id)))


def _begin(session: Session, conversation_id: str) -> Dialogue:
    dialogue = Dialogue(conversation_id=conversation_id, turn=0, state=[], state_turn=0)
    session.add(dialogue)
    session.flush()
    return dialogue
