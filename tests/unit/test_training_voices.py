"""The training sentences are wide rather than templated: few obvious words, few skeletons, all services, all lengths."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache

import yaml

from bench.figures import Row
from bench.sentences import learnt
from bench.understanding import SERVICES
from kefu.nlu.features import with_signs
from kefu.nlu.normalise import normalise
from kefu.nlu.values.service import find_services
from kefu.settings import ROOT
from tests.unit.test_training_data import sentences, twins

WITHOUT_KEYWORDS = 0.5
SAME_SKELETON, SAME_BEGINNING = 0.02, 0.04
SHORT, LONG, SHARE_OF_EACH = 8, 25, 0.15
LEAST_SHARE_OF_SERVICE, LEAST_SHARE_IN_INTENT = 0.15, 0.04
# what concerns a single service by its nature: peak and valley prices, household tiers
ONE_SIDED = ("apply_tariff_change",)


@lru_cache(maxsize=1)
def rows() -> list[Row]:
    return learnt()


def by_intent() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows():
        found[row.intent].append(row)
    return found


def skeleton(text: str) -> str:
    """What is left when places, numbers and services are the same everywhere."""
    plain = list(with_signs(text))
    for value in find_services(text):
        plain[value.start : value.end] = ["S", *[" "] * (value.end - value.start - 1)]
    return re.sub(r"[0-9零一二三四五六七八九十百千两]+", "0", re.sub(r"\W", "", "".join(plain)))


def test_half_of_each_intent_does_without_its_obvious_words() -> None:
    keywords = yaml.safe_load((ROOT / "data" / "keywords.yml").read_text(encoding="utf-8"))
    groups = by_intent()
    assert set(keywords) == set(groups)
    shares = {}
    for intent, own in groups.items():
        without = [row for row in own if not any(str(word) in normalise(row.text) for word in keywords[intent])]
        shares[intent] = len(without) / len(own)
    assert {intent: round(share, 2) for intent, share in shares.items() if share < WITHOUT_KEYWORDS} == {}


def test_no_sentence_is_another_with_a_word_changed() -> None:
    texts = [text for _, text in sentences()]
    assert twins(texts, texts) == []


def test_sentences_are_not_made_from_templates() -> None:
    long_enough = [skeleton(row.text) for row in rows() if len(row.text) > SHORT]
    times = Counter(long_enough)
    repeated = sum(n for n in times.values() if n > 1)
    assert repeated / len(long_enough) <= SAME_SKELETON, times.most_common(10)
    for intent, own in by_intent().items():
        beginning, often = Counter(row.text[:4] for row in own if len(row.text) > SHORT).most_common(1)[0]
        assert often / len(own) <= SAME_BEGINNING, (intent, beginning, often)


def test_all_lengths_occur() -> None:
    lengths = [len(row.text) for row in rows()]
    assert sum(n <= SHORT for n in lengths) / len(lengths) >= SHARE_OF_EACH
    assert sum(n >= LONG for n in lengths) / len(lengths) >= SHARE_OF_EACH


def test_every_service_is_spoken_of() -> None:
    of_a_service = Counter(row.service for row in rows() if row.service != "-")
    assert set(of_a_service) == set(SERVICES)
    assert min(of_a_service.values()) / of_a_service.total() >= LEAST_SHARE_OF_SERVICE, of_a_service
    for intent, own in by_intent().items():
        named = Counter(row.service for row in own if row.service != "-")
        if named.total() >= 100 and intent not in ONE_SIDED:
            scarce = {
                service: named[service]
                for service in SERVICES
                if named[service] / named.total() < LEAST_SHARE_IN_INTENT
            }
            assert scarce == {}, (intent, scarce)


def test_out_of_scope_has_no_service() -> None:
    assert [row.text for row in rows() if row.intent == "out_of_scope" and row.service != "-"] == []
