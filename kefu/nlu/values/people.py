"""Members of staff (工号3027, 抄表员老吴, 那个收费员) and scores (打四分, 五星) in Chinese text."""

from __future__ import annotations

import re
from typing import Dict, List, Optional

from kefu.nlu.normalise import fold_digits, normalise
from kefu.nlu.values.types import Value

_ROLES = (
    "抄表员|收费员|维修员|维修工|安装员|安装工|检修员|抢修员|巡检员|安检员|接线员|话务员|营业员|业务员|服务员|客服人员|客服专员|客服|工作人员"
    "|工程师|电工|水工|管工|师傅|班长|站长|主管|经理|主任|队长|所长|员工"
)
_NO_ROLE = r"(?!热线|电话|中心|系统|部|工具|微信|号码)"
_ROLE = rf"(?:{_ROLES}){_NO_ROLE}"
_SURNAME = (
    "[王李张刘陈杨赵黄周吴徐孙胡朱郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱"
    "侯邹熊孟秦白江阎薛尹段雷史陶贺顾毛郝龚邵万钱严覃武莫孔汤康易乔赖文欧司马]"
)
_FAMILIAR = rf"[老小大]{_SURNAME}"
_AFTER_NAME = r"(?=\Z|[，。,;；!！?？、 的来没说态在给把让服上真很就也去跟和打工])"
_NUMBER = r"[\d零〇一二三四五六七八九幺两洞]{2,8}"

_STAFF = re.compile(
    rf"工号[是为:, ]{{0,2}}(?P<id>[A-Za-z]{{0,3}}{_NUMBER})(?:号?的?那?个?(?P<id_role>{_ROLE}))?"
    rf"|(?<![\d零〇一二三四五六七八九幺两])(?P<id2>\d{{2,6}})号(?P<id2_role>{_ROLE})"
    rf"|(?P<id3_role>{_ROLE})(?P<id3>\d{{2,6}})号"
    rf"|(?P<role>{_ROLE})(?:是|叫|:)?(?P<name>{_FAMILIAR}|{_SURNAME}某+|{_SURNAME}[一-龥]{{1,2}}?{_AFTER_NAME})"
    rf"|(?P<name2>(?:(?<=[班队组站部的位])|(?<![一-龥])){_SURNAME}[一-龥]{{1,2}}(?=师傅)|{_FAMILIAR}|姓{_SURNAME}的?|(?<![由关对至终敢在等属]){_SURNAME})(?:那个)?(?P<role2>{_ROLE})"
    rf"|(?:那|这|你们那|你们这)(?:一)?[个位名][男女老]?(?P<role3>{_ROLE})"
)


def _staff_value(match: "re.Match[str]") -> Dict[str, str]:
    number = match["id"] or match["id2"] or match["id3"]
    role = (
        match["id_role"] or match["id2_role"] or match["id3_role"] or match["role"] or match["role2"] or match["role3"]
    )
    name = match["name"] or match["name2"]
    value: Dict[str, str] = {}
    if number:
        value["id"] = fold_digits(number.replace("洞", "0"))
    if role:
        value["role"] = role
    if name:
        value["name"] = name.strip("姓的") if match["name2"] else name
    return value


def find_staff(text: str) -> List[Value]:
    """Staff named by number, by name and role, or pointed at: {"id"}, {"role", "name"}, {"role"}."""
    plain = normalise(text)
    return [
        Value("staff", m.start(), m.end(), text[m.start() : m.end()], _staff_value(m)) for m in _STAFF.finditer(plain)
    ]


_NO_POINT = r"(?!钟|之|钱|米|贝|公|店|局|支|期|歧|享|开|别|布|类|析|配|摊|离|批|成|段|为|手|班|部|行|制|数线|\d)"
_GIVE = r"(?:打|给|评|给打|打个|给个|评个|打了|给了|给你们|给他|给她)"
_SCORE = re.compile(
    rf"(?<!扣)(?<!减)(?<!扣了)(?<!扣掉)(?<![\d.:点时零〇一二三四五六七八九十百千万几差角毛块第])(?:"
    rf"(?P<points>[1-5一二两三四五])个?分{_NO_POINT}"
    rf"|(?P<stars>[1-5一二两三四五])颗?星(?!级|酒店|红旗|期|手机|电视|冰箱|空调|洗衣|巴克|座|光|火)"
    rf"|(?P<full>满分(?:100|一百|5|五)?分?(?!是|多少|制|几|\d)|(?:100|一百)分{_NO_POINT})"
    rf"|{_GIVE}(?P<bare>[1-5一二两三四五])(?=[。!！,， ]*\Z))"
)
_NOT_FULL = re.compile(r"(?:不是|不给|没有?到?|不到|不算|总分)\Z")
_SPOKEN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}


def _score(plain: str, match: "re.Match[str]") -> Optional[int]:
    if match["full"]:
        return None if _NOT_FULL.search(plain[max(0, match.start() - 4) : match.start()]) else 5
    word = match["points"] or match["stars"] or match["bare"]
    return _SPOKEN[word] if word in _SPOKEN else int(word)


def find_scores(text: str) -> List[Value]:
    """Scores from 1 to 5: 打四分, 给1分, 五星; 满分 and 100分 are 5."""
    plain = normalise(text)
    scored = ((m, _score(plain, m)) for m in _SCORE.finditer(plain))
    return [Value("score", m.start(), m.end(), text[m.start() : m.end()], score) for m, score in scored if score]
