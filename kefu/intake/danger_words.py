"""Who is hurt, what burns, what grows, and that everyone is safe: by the (normalised) words alone."""

from __future__ import annotations

import re

_SOMEBODY = "(人|我|他|她|爸|妈|爷|奶|公|婆|孩子|儿子|女儿|宝宝|老太|大爷|大妈|邻居|师傅)"
_HURT = re.compile(
    r"(受伤|伤了|伤着了|伤得|烧伤|烫伤|烫着|烫到|烫了|炸伤|砸伤|流血|出血|骨折|晕|昏|站不住|叫不醒|没反应|没呼吸|喘不上|抽搐|不省人事|恶心|想吐|吐了"
    r"|被困|困在|出不来|(触|被)电(着|到|了|倒|晕|击)|让电打|让电击"
    rf"|{_SOMEBODY}[^，,。！!？?]{{0,6}}(倒地|倒下|倒在|掉下去|掉进|没出来|还在(里面|屋里|楼上)))"
)
_DENIED = re.compile(
    r"(没有?|无|未|不(?!好)|会不会|有没有|怕|万一|别)(什么|啥|谁)?(人|人员|明显)?(看|见|闻)?(到|着|见|有|再|都)?$"
)
_MERELY_SAID = re.compile(
    r"(吓|气|急)(得|的)?(晕|昏)|(晕|昏)死了|昏头|恶心死|(受伤|伤着|晕倒|昏倒|触电)了?[吗么][?？]?$"
)
_FIRE = re.compile(r"(着火|起火|着起来|烧起来|火苗|明火|火灾|冒烟|浓烟|黑烟|烟(很|好|太|越来越)大)(?!了?[吗么])")
_TRAPPED = re.compile(r"(被困|困在|困住|出不来)")
_SLIGHT = re.compile(
    r"(软管|水龙头|龙头|水管|角阀|接头|弯头|马桶|水槽|暖气片|水表|阀门|三角阀)[^，。]{0,8}(漏水|漏|滴水|渗水|渗|滴)"
)
_MUCH = re.compile(
    r"(爆|喷|呲|崩|淹|漫|泡|灌|冲|哗|止不住|关不[住上掉]|停不下|到处|满地|一地|一屋|很大|好大|太大|很多|好多|越来越|烫|电|插座|塌|[煤燃]气|热水)"
)
_SAFE = re.compile(
    r"((没|没有|无)人?(员|啥|什么)?(受伤|伤着|伤到|伤亡|不舒服)|(没|没有)人伤|人(都|全)?(没事|安全|平安|还好|挺好)|(都|全)(很|挺)?(没事|安全|平安|出来了|跑出来|撤|躲开|散开|走开|下楼|出门)"
    r"|(?<!不)(?<!不太)(没事|安全|平安)(的|了|呀|啊)*$|都在(外|楼下)|^(都|全|人)?(没事|安全|平安|还好)|已经(出来|下楼|在外|离开)|(?<!没)出来了)"
)
_GROWS = re.compile(
    r"(越来越|还(是|一直)?(有|很|挺|好)[^，。]{0,4}(味|烟|火|漏|臭|呛)|味[^，。]{0,4}(又|还)|更(大|浓|多|厉害|呛|高)|又(开始|冒|漏|响|喷|着)|还在(冒|漏|喷|烧|响|涨)|(烧|漫|蔓延|窜|淹)(到|过|进|上来)|控制不住|快要?(塌|炸|淹))"
)


def says_hurt(plain: str) -> bool:
    """Somebody is hurt, faint or trapped, by these (normalised) words."""
    return not _MERELY_SAID.search(plain) and _said(_HURT, plain)


def says_only_trapped(plain: str) -> bool:
    """Somebody cannot get out, and nothing worse is said of him."""
    return says_hurt(plain) and not says_hurt(_TRAPPED.sub("", plain))


def says_slight(plain: str) -> bool:
    """A tap, a hose or a joint that drips, and no word of much water."""
    return bool(_SLIGHT.search(plain)) and not _MUCH.search(plain)


def says_fire(plain: str) -> bool:
    """Fire or smoke."""
    return _said(_FIRE, plain)


def says_safe(plain: str) -> bool:
    """Everyone is safe."""
    return bool(_SAFE.search(plain)) and not says_hurt(plain)


def _said(pattern: re.Pattern[str], plain: str) -> bool:
    return any(not _DENIED.search(plain[: match.start()]) for match in pattern.finditer(plain))


def says_grows(plain: str) -> bool:
    """What was reported is getting worse."""
    return bool(_GROWS.search(plain))
