"""More than one thing in a message: the wish buried among data and courtesies, and the second wish beside the first."""

from __future__ import annotations

import itertools
import re
from typing import Any, Callable, Dict, List, Optional

from kefu.nlu.features import with_signs

Classify = Callable[[List[str]], List[Dict[str, Any]]]

# What carries a wish without being one: when such an intent is found for the whole, its clauses are looked at.
CARRIERS = {
    "inform",
    "greet",
    "goodbye",
    "thank",
    "affirm",
    "deny",
    "correct",
    "chitchat",
    "bot_challenge",
    "urge_ticket",
}
# What a clause may turn the whole into, the urgent first.
WISHES = ["report_emergency", "request_human", "report_outage", "report_quality", "report_facility", "complain"]
REPORTS, CLAIMS = ("report_outage", "report_quality", "report_facility"), {"claim_damage": 0.6, "complain": 0.8}
SURE, SURE_OF_WISH, SURE_OF_CLAIM = 0.6, 0.6, 0.8
SURE_OF_WHOLE = 0.8  # a whole read as surely as this hides nothing in its clauses
_SECOND = re.compile(
    r"(?:顺便|顺带|另外|还有(?:(?:一?[个件])?(?:事|问题)|，|,)|(?<=[，,。；;])还有(?=我|你|那)|对了|再(?:问|帮|说个|一个))"
)
_COURTESY = re.compile(
    r"^(?:喂+|哎+|诶+|欸+|你好啊?|您好|那个|请问|麻烦(?:你|您)?|打扰了?|不好意思|同志|师傅|老师|闺女|姑娘|小伙子|大姐|在吗|在不在|嗯+|啊+)+"
)
_LEAD = re.compile(r"^(?:(?:哦|噢|啊|嗯)?(?:对了|另外|还有|顺便(?:问一?下)?|再问一?下|话说|那个|那))[，, ]*(?=.{4})")
_PAST = re.compile(r"(昨天|前天|上周|上个?月|那天|那次|上次|上回|去年|已经修好)")
_GOING_ON = re.compile(
    r"现在|目前|正在|到现在|还没(?:来|好|修|恢复|电|水|气)|还停着|刚刚?(?:停|断|没)|又(?:停|断|没)|(?:停|断|没)(?:了)?(?:电|水|气|暖)了|已?经?停了"
)
_PAY = re.compile(r"赔(不赔|偿|我们?|钱|吗|么|不)|损失.{0,6}(谁|怎么|咋|算)")
_SENTENCE = re.compile(r"[，,。.！!？?；;]+")
_BREAK = re.compile(r"[\s，,。.！!？?；;、：:@#&]+")


def without_lead(text: str) -> str:
    """Without the "对了", "另外", "还有" that only ties a message to the one before."""
    return _LEAD.sub("", text)


def buried_wish(text: str, whole: Dict[str, Any], classify: Classify) -> Optional[Dict[str, Any]]:
    """The wish inside a message that as a whole looks like bare data or courtesy; None when there is none."""
    if whole["name"] not in CARRIERS or (whole["name"] != "inform" and whole["confidence"] >= SURE_OF_WHOLE):
        return None  # "停水了 阳光花园2号楼 早上停的 139…" is mostly data, and a report
    clauses = [_COURTESY.sub("", part) for part in _BREAK.split(with_signs(text))]
    clauses = [part for part in clauses if len(part) >= 3 and part != text.strip()]
    found = [row for row in classify(clauses) if row["name"] in WISHES and row["confidence"] >= SURE_OF_WISH]
    return min(found, key=lambda row: WISHES.index(row["name"])) if found else None


def separate_wishes(text: str, whole: Dict[str, Any], classify: Classify) -> List[Dict[str, Any]]:
    """The wishes on both sides of "顺便", "另外", "对了": [{"name", "confidence", "text"}]; [] when it is one.

    The first is the message's intent by the catalogue's precedence; the dialogue serves the urgent one first.
    """
    marks = [match.start() for match in _SECOND.finditer(text) if match.start() >= 4]
    if not marks:
        return _claims_beside(text, whole, classify)
    cuts = [0, *marks, len(text)]
    parts = [text[start:end].strip("，,。 ") for start, end in itertools.pairwise(cuts)]
    parts = [part for part in parts if len(part) >= 4]
    found = [
        dict(row, text=part) for part, row in zip(parts, classify(parts), strict=True) if row["confidence"] >= SURE
    ]
    found = [row for row in found if row["name"] not in CARRIERS - {"urge_ticket"}]
    found.sort(key=lambda row: urgency(row["name"]))
    return found if len({row["name"] for row in found}) > 1 else []


def _claims_beside(text: str, whole: Dict[str, Any], classify: Classify) -> List[Dict[str, Any]]:
    """A report that ends in a claim or a complaint: "…停电了！海鲜都坏了你们赔不赔" is both, the claim its intent.

    A claim for what is over ("上周停电…") is no report.
    """
    parts = [part for part in _SENTENCE.split(text) if len(part) >= 4]
    if len(parts) < 2 or _PAST.search(text):
        return []
    claims = _PAY.search(text) or whole["name"] in CLAIMS
    sure_of_report = whole["name"] in REPORTS
    if not claims or not (sure_of_report or _GOING_ON.search(text)):
        return []
    found = [dict(row, text=part) for part, row in zip(parts, classify(parts), strict=True)]
    reports = [row for row in found if row["name"] in REPORTS and row["confidence"] >= SURE]
    claimed = [row for row in found if row["confidence"] >= CLAIMS.get(row["name"], 2)]
    claimed += [dict(row, name="claim_damage", confidence=SURE_OF_CLAIM) for row in found if _PAY.search(row["text"])]
    if not claimed and whole["name"] in CLAIMS:
        claimed = [dict(whole, text=text)]
    return [claimed[0], reports[0]] if reports and claimed else []


def urgency(name: str) -> int:
    """Smaller is sooner."""
    return WISHES.index(name) if name in WISHES else len(WISHES)
