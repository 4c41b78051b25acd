"""What an answer to "is it fixed, and how was it" says. Text in, meaning out; nothing of the talk is known here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions import words
from kefu.surveys.service import FIRST, FIXED, SCORE

MOST = 60  # a longer message is no mere answer
_FIGURES = str.maketrans("一二两三四五", "122345")
_END = r"[。.!！~ ]*$"
_STOPS = re.compile(
    r"(别|不要|甭|莫|少)(再)?(来)?(问|烦|打扰|骚扰)|不(想|愿意?|要|用)?(再)?(回?答|评价?|打分|问)(了|吧|[。!！]|$)|懒得(答|评|理|打)"
    r"|没(空|时间|工夫)(答|评|回|打分|填|搞|弄|理)?[了。!！]*$|^跳过|烦(死|不烦)"
)
# not fixed, said outright (besides words.UNSOLVED)
_UNFIXED = re.compile(
    r"没(有)?(给)?(修|弄|搞|办|处理|解决|整)(好|成|完|通|利索|到位|干净)?(?!没)|还?没好(?!评)|修了.{0,4}(等于|跟|和|也).{0,4}没"
    r"|白(修|跑|弄)|老样子|还(是)?(那样|原样|不行|不热|不通)|照(样|旧)(漏|停|不|坏)|越修越|没人(来|管)(修|过)?|(根本|压根)没"
    r"|又(犯|出问题|断|冒|响|黑|不)|现在.{0,3}还(漏|滴|没|不)"
)
_FIXED = re.compile(
    r"(修|弄|搞|办|处理|解决|整|换|接|装)(好|完|妥|成|通|上|利索|到位)(了|啦|咯|嘞|的)|解决了|恢复(了|正常)|没(啥|什么)?问题了?|正常了"
    r"|不(漏|滴|跳|堵|臭|响|停)了|能用了|搞定|妥了|[来有通][电水气暖]了|热(了|起来)|暖和了|都.{0,2}(还行|挺好|好了|可以|没问题)"
    r"|^(都|已经|全|现在|早就?|嗯|是的?|对)*[，, ]*好(了|啦|咯|嘞|的很|得很)"
)
_BARE_NO = re.compile(rf"^(没|莫|冇|还没|没有|还没有|不好|没好|不行|没得)[呢啊呀哦的]*{_END}")
_BARE_YES = re.compile(
    rf"^(好|好了|是|是的|嗯+|恩|对|对的|有|有了|行|行了|可以|可以了|好的|没问题|正常)[呢啊呀哦的了]*{_END}"
)
# by words, the strongest first
_VERDICTS = (
    (
        1,
        r"(非常|很|特别|极其?|十分|太)不满|太差|很差|特别差|差评|差劲|最差|最低分|垃圾|糟透|太烂|什么玩意|[零0]分|负分",
    ),
    (2, r"不(太|怎么|大|是很)?满意|不怎么样|不(太|怎么)?好|不咋|差点意思|失望|敷衍|糟|比较差|有点差|^差"),
    (3, r"一般|凑合|还行|马马虎虎|将就|中等|过得去|及格|普通|中不溜|尚可|基本满意|不好不坏|麻麻|不算好"),
    (
        5,
        r"(非常|很|特别|十分|相当|超级?|真)(满意|好|棒|赞|不错)|满意极了|太(好|棒|赞)了|好评|点赞|没得说|优秀|完美|最高分|给力|谢谢师傅",
    ),
    (4, r"满意|不错|挺好|挺可以|还(好|可以)|可以|较好|蛮好"),
)
_BARE_SCORE = re.compile(rf"^([1-5一二三四五])(?:{_END}|[，,、;；。]\s*(?=\D{{2}}))")
_TWO = re.compile(rf"^([1-5一二两三四五])分?(?:[\s,，、/;；。和跟-]+|(?<=分))([1-5一二两三四五])分?{_END}")
_SAME = re.compile(r"都是?(给|打)?([1-5一二三四五])分?")
_EXPECTED = re.compile(r"(?:期望|期待|预期|原本|原来|本来|想的?)\D{0,6}?([1-5一二两三四五])")
_FOUND = re.compile(r"(?:实际|现实|真实|结果|现在|得到|体验)\D{0,6}?([1-5一二两三四五])")
_GRUDGES = re.compile(r"(就是|但|可惜|不过|只是|要是|除了|美中不足)")
_MERE = re.compile(
    r"(给|打|评|个|我|就|的|了|吧|呗|啊|呀|哦|嗯|分|星|都|服务|态度|[，,。.!！~、\s]|[1-5一二两三四五]颗?|好评|满意|非常|很|挺|不错|好|还行|可以|一般般?|修|弄|办|现在|[电水气暖])"
)


@dataclass(frozen=True)
class Read:
    """`outright`: it says so by itself; else it is an answer only to the question just asked."""

    fixed: bool | None = None
    score: int | None = None
    expectation: int | None = None
    perception: int | None = None
    stops: bool = False
    outright: bool = False
    comment: str = ""
    praises: bool = False


def read(plain: str, text: str, stage: str, said_score: int | None) -> Read | None:
    """The answer in a message (`plain`: normalised, `text`: as typed) to what `stage` asks; None when it is none.

    `said_score`: a score recognised by itself ("4分"). What is asked in the same message answers nothing.
    """
    parts = [part for part in words.CLAUSE.split(plain) if part]
    told = "，".join(part for part in parts if _BARE_NO.match(part) or not words.QUESTION.search(part))
    unfixed = bool(words.UNSOLVED.search(told) or _UNFIXED.search(told))
    if _STOPS.search(told) and not unfixed and said_score is None:
        return Read(stops=True)
    if unfixed:
        return Read(False, said_score, outright=True, comment=text)
    if stage in (FIRST, FIXED, SCORE):
        return _first(told, text, stage, said_score)
    return _pair(plain, said_score)


def _first(told: str, text: str, stage: str, said_score: int | None) -> Read | None:
    if len(told) > MOST and said_score is None:
        return None
    bare = _bare_score(told)
    score = said_score or bare or _verdict(told)
    fixed = _is_fixed(told, stage)
    if fixed is None and (said_score or bare) is None and score is not None and score > 3:
        fixed = True  # "挺好" answers both
    if score is None and fixed is None:
        return None
    comment = text if len(_MERE.sub("", told)) >= 2 else ""
    praises = bool(comment) and score == 5 and not _GRUDGES.search(told)
    return Read(fixed, score, outright=said_score is not None, comment=comment, praises=praises)


def _is_fixed(told: str, stage: str) -> bool | None:
    if stage != SCORE and _BARE_NO.match(told):
        return False
    if _FIXED.search(told) or (stage == FIXED and _BARE_YES.match(told)):
        return True
    return None


def _bare_score(plain: str) -> int | None:
    found = _BARE_SCORE.match(plain)
    return _figure(found[1]) if found else None


def _verdict(plain: str) -> int | None:
    return next((score for score, pattern in _VERDICTS if re.search(pattern, plain)), None)


def _pair(plain: str, said_score: int | None) -> Read | None:
    """What was expected and what was found: "期望5分实际3分", "5 3", "都4分"; one figure is what was found."""
    expected, found = _EXPECTED.search(plain), _FOUND.search(plain)
    if expected or found:
        return Read(
            expectation=_figure(expected[1]) if expected else None,
            perception=_figure(found[1]) if found else None,
            outright=bool(expected and found),
        )
    two, same = _TWO.match(plain), _SAME.search(plain)
    if two:
        return Read(expectation=_figure(two[1]), perception=_figure(two[2]))
    if same:
        return Read(expectation=_figure(same[2]), perception=_figure(same[2]))
    one = said_score or _bare_score(plain) or (_verdict(plain) if len(plain) <= 12 else None)
    return Read(perception=one) if one else None


def _figure(text: str) -> int:
    return int(text.translate(_FIGURES))
