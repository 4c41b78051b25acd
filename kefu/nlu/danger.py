"""Danger: the reviewed lexicon, and the Rasa component that lets it overrule the classifier.

`report_emergency` wins over every other intent (design/intents.md). The component runs last in the pipeline, so the
check holds for every message in every state, in the service and in `rasa shell` alike.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kefu.nlu.normalise import normalise

EMERGENCY = "report_emergency"
BEFORE, AFTER = 12, 14


@dataclass(frozen=True)
class Danger:
    """What the words say: the kind (a key of company/safety.yml), its service, where in the text."""

    kind: str
    service: Optional[str]
    start: int
    end: int


class DangerLexicon:
    """Compiled `data/lexicon/danger.yml`."""

    def __init__(self, source: Dict[str, Any]) -> None:
        self.source = source
        self._signs = [
            (kind, row.get("service"), re.compile(sign))
            for kind, row in source["kinds"].items()
            for sign in row["signs"]
        ]
        self._denied_before = re.compile(source["denials"]["before"])
        self._denied_after = re.compile(source["denials"]["after"])
        self._hyperbole = re.compile(source["hyperbole"])
        self._mild = re.compile(source["mild"])

    @classmethod
    def from_file(cls, path: Path) -> "DangerLexicon":
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    def find(self, text: str) -> Optional[Danger]:
        """The first sign that is not denied, past, asked about in general, or mere hyperbole."""
        plain = normalise(text)
        if self._hyperbole.search(plain):
            return None
        for kind, service, sign in self._signs:
            for match in sign.finditer(plain):
                if not self._denied(plain, match):
                    return Danger(kind, service, match.start(), match.end())
        return None

    def denied(self, text: str) -> bool:
        """True when the customer says that there is no danger: every sign is denied, or it is slight and slow."""
        plain = normalise(text)
        if self._mild.search(plain):
            return True
        matches = [match for _, _, sign in self._signs for match in sign.finditer(plain)]
        return bool(matches) and all(self._denied(plain, match) for match in matches)

    def hyperbole(self, text: str) -> bool:
        """A bill that frightens to death."""
        return bool(self._hyperbole.search(normalise(text)))

    def _denied(self, plain: str, match: "re.Match[str]") -> bool:
        before = plain[max(0, match.start() - BEFORE) : match.start()]
        inside = match.group()
        after = plain[match.end() : match.end() + AFTER]
        return bool(
            self._denied_before.search(before)
            or self._denied_after.search(after)
            or re.search("没有|没闻|没味|无味|没啥|并没|不漏|没漏|不冒|没冒", inside)
        )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DangerDetector(GraphComponent):
    """Last in the pipeline: sets `report_emergency` and an entity `danger` when the lexicon finds danger."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Rasa's training cache must see that the word list has changed."""
        source = Path({**cls.get_default_config(), **config}["lexicon"])
        return hashlib.sha256(source.read_bytes()).hexdigest() if source.exists() else None

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {
            "lexicon": "data/lexicon/danger.yml",
            # an emergency need not be the likeliest reading to be acted upon
            "likely_enough": 0.3,
            # unless the classifier is surer than this, a denial ("没闻到味") or something slight and slow ("滴答") takes it back
            "sure_of_danger": 0.9,
            # a word of danger counts unless the classifier is this sure that something else is meant ("去年漏气那次…赔")
            "sure_of_other": 0.97,
        }

    def __init__(
        self, config: Dict[str, Any], storage: ModelStorage, resource: Resource, lexicon: Optional[DangerLexicon]
    ) -> None:
        self._config, self._storage, self._resource, self._lexicon = (config, storage, resource, lexicon)

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "DangerDetector":
        return cls(config, model_storage, resource, None)

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing is learnt; the lexicon goes into the model so that a model is whole."""
        self._lexicon = DangerLexicon.from_file(Path(self._config["lexicon"]))
        with self._storage.write_to(self._resource) as folder:
            (folder / "danger.json").write_text(json.dumps(self._lexicon.source, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "DangerDetector":
        with model_storage.read_from(resource) as folder:
            source = json.loads((folder / "danger.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, DangerLexicon(source))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if message.get(TEXT):
                self._check(message)
        return messages

    def _check(self, message: Message) -> None:
        assert self._lexicon is not None
        text, intent = message.get(TEXT), message.get(INTENT) or {}
        danger = self._lexicon.find(text)
        if danger is not None and not self._surely_other(intent):
            self._note(message, danger)
            self._put_first(message, max(1.0 - 1e-6, float(intent.get("confidence", 0))))
            return
        likely = max((row["confidence"] for row in self._ranking(message) if row["name"] == EMERGENCY), default=0.0)
        if likely >= self._config["likely_enough"] and not self._taken_back(text, likely):
            self._put_first(message, max(likely, 0.5))
        elif intent.get("name") == EMERGENCY:
            self._withdraw(message)

    def _taken_back(self, text: str, likely: float) -> bool:
        """Denied, slight, or mere hyperbole, and no word of danger in it."""
        assert self._lexicon is not None
        if likely < self._config["sure_of_danger"] and self._lexicon.denied(text):
            return True
        return self._lexicon.find(text) is None and self._lexicon.hyperbole(text)

    @staticmethod
    def _ranking(message: Message) -> List[Dict[str, Any]]:
        return list(message.get("intent_ranking") or [])

    def _surely_other(self, intent: Dict[str, Any]) -> bool:
        return intent.get("name") != EMERGENCY and float(intent.get("confidence", 0)) >= self._config["sure_of_other"]

    def _note(self, message: Message, danger: Danger) -> None:
        found = {"entity": "danger", "value": danger.kind, "start": danger.start, "end": danger.end}
        entities = [*message.get(ENTITIES, []), {**found, "extractor": type(self).__name__}]
        message.set(ENTITIES, entities, add_to_output=True)

    def _withdraw(self, message: Message) -> None:
        """What remains is as likely as it was beside the emergency, made whole again."""
        rest = [row for row in self._ranking(message) if row["name"] != EMERGENCY]
        whole = sum(row["confidence"] for row in rest)
        if whole > 0:
            rest = [dict(row, confidence=row["confidence"] / whole) for row in rest]
            message.set(INTENT, rest[0], add_to_output=True)
            message.set("intent_ranking", rest, add_to_output=True)

    @staticmethod
    def _put_first(message: Message, confidence: float) -> None:
        first = {"name": EMERGENCY, "confidence": confidence}
        rest = [row for row in message.get("intent_ranking", []) if row["name"] != EMERGENCY]
        message.set(INTENT, first, add_to_output=True)
        message.set("intent_ranking", [first, *rest], add_to_output=True)
