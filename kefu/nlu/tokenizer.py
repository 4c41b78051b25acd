"""jieba on normalised text; offsets stay those of the raw text."""

from __future__ import annotations

import logging
from typing import List

import jieba
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.training_data.message import Message

from kefu.nlu.normalise import normalise

jieba.setLogLevel(logging.WARNING)  # it reports its own start-up on standard error


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class ChineseTokenizer(JiebaTokenizer):
    """Rasa's jieba tokenizer, given simplified half-width text. The normalised form is each token's lemma."""

    def tokenize(self, message: Message, attribute: str) -> List[Token]:
        raw = message.get(attribute)
        pieces = jieba.tokenize(normalise(raw))
        tokens = [Token(raw[start:end], start, lemma=word) for word, start, end in pieces if word.strip()]
        return tokens or [Token(raw, 0)]
