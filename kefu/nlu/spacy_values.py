"""The value rules inside spaCy's Chinese pipeline, and the Rasa component that reads them out.

spaCy's blank `zh` pipeline splits into characters, so every span of the grammar has its tokens. The grammar
(`kefu.nlu.values`) adds a span group "values"; spans may overlap across kinds (a service word inside an address).
"""

from __future__ import annotations

from typing import Any, Dict, List

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.tokens import Doc, Span

from kefu.nlu.values import find_values

if not Span.has_extension("value"):
    Span.set_extension("value", default=None)


@Language.component("kefu_values")
def add_values(doc: Doc) -> Doc:
    """Put every recognised value into `doc.spans["values"]`, its normalised value in `span._.value`."""
    spans = []
    for found in find_values(doc.text):
        span = doc.char_span(found.start, found.end, label=found.entity, alignment_mode="expand")
        if span is not None:
            span._.value = found.value
            spans.append(span)
    doc.spans["values"] = spans
    return doc


def chinese_values() -> Language:
    """A blank Chinese pipeline with the value rules."""
    pipeline = spacy.blank("zh")
    pipeline.add_pipe("kefu_values")
    return pipeline


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SpacyValueExtractor(GraphComponent, EntityExtractorMixin):
    """Entities with normalised values (Rasa's own spaCy extractor returns only the text)."""

    @staticmethod
    def required_packages() -> List[str]:
        return ["spacy"]

    def __init__(self, config: Dict[str, Any]) -> None:
        self._config = config
        self._pipeline = chinese_values()

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SpacyValueExtractor":
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                entities = list(message.get(ENTITIES, [])) + self._entities(text)
                message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def _entities(self, text: str) -> List[Dict[str, Any]]:
        doc = self._pipeline(text)  # named: spans live only as long as their doc
        return [
            {
                "entity": span.label_,
                "start": span.start_char,
                "end": span.end_char,
                "value": span._.value,
                "extractor": type(self).__name__,
            }
            for span in doc.spans["values"]
        ]
