"""Which service is meant: electricity, water, gas or heat, one value per mention.

One pass, longest reading first. Words that only look like a service (电话, 天气, 水平) are in the same list
without a service, so that they use up their characters.
"""

from __future__ import annotations

import re
from typing import Dict, List, Tuple

from kefu.nlu.normalise import normalise
from kefu.nlu.values.types import Value

SERVICES = ("electricity", "water", "gas", "heat")

_LEAK = r"[^，。,;；!！?？\s水]{0,8}?(?:漏水|滴水|流水|跑水|喷水|渗水|冒水|出水|放水|进水)"
_HEATER = r"暖气管道?|暖气片|暖气|地暖管?|地热管?|供热管道?|供暖管道?|热力管道?"

# Patterns that must come before the plain words, in this order; None is no service.
_PHRASES = (
    (
        None,
        r"(?:手机|电脑|笔记本|平板|遥控器|电瓶车|电动车|充电宝|手表|门锁|钥匙)[^，。,;；!！?？\s]{0,5}?[没充缺断]?电(?![费表压闸])",
    ),
    (
        None,
        r"来电(?:话|显示|者|号码|咨询|提醒|人|记录|录音|反映|投诉|查询|联系|沟通|告知)|来个电(?=[吧呗啊聊说,.。!?]|\Z)"
        r"|(?:请(?:您|你们|尽快|及时|随时|再)?|欢迎|(?<![快紧能才])给[我他她]|方便)来电(?!了|没)|免电(?![费价])|数电(?=票|发票)"
        r"|[没有得抽]空开(?=[门车会始通票机锁])|(?:银行|酒店|外汇)水单|泉水(?=[巷路街镇村湾苑])"
        r"|(?:银行|交易|扣款|支付|缴费|账户)流水|流水(?=明细|截图|席)|[天月日]的?流水(?!声)|(?:[真太越好想够就]|让人|叫人)来气|热水(?!表)|谁费[心劲力神]|(?<=[酒饭商门旅网])店费|店费用",
    ),
    (
        "heat",
        rf"(?:{_HEATER}){_LEAK}|热立(?![马管刻即正])|供软(?![件装体])|换热(?![水的一个心力])(?:站|器|板|机组|首站)?",
    ),
    (
        "electricity",
        r"灯[^，。,;；!！?？\s]{0,3}?(?:不亮|灭了?|不着)|(?:殿|(?<![酒饭商门旅网])店)表(?![示扬达面态演彰])|千瓦(?!时|小时|的?[^，。,;；!！?？\s]{0,3}(?:壁挂|锅炉|[燃煤]气|燃油))|一片漆?黑|漆黑|黑灯瞎火|乌漆嘛?黑",
    ),
    (
        "gas",
        r"(?:打|点)不着火?|燃[汽器起](?=[表费灶管阀卡]|公司)|气(?=[水电热]|[和跟与、及](?:[水电]))|(?<=[水电][和跟与、及])气|(?<=[水电])气(?![筒压味枪泵])|气(?=[没还又]{0,2}[来停断通][了没]|没了|还没|买|充|怎么交)|(?<=停的)气|(?<=钱的)气",
    ),
)

_WORDS: Dict[str, str] = {
    "electricity": "停电 没电 断电 来电 送电 供电 用电 漏电 欠电费 电费 电表 电闸 电量 电压 电价 跳闸 拉闸 合闸 总闸 空开 空气开关 保险丝 变压器 "
    "短路 电热水器 电暖器 电热毯 电磁炉 电工 电标 殿费 店费 殿价 殿闸 峰谷 千伏安 kva 三相 光伏 电",
    "water": "停水 没水 断水 来水 供水 用水 漏水 自来水 水费 水表 水管 水压 水价 水龙头 龙头 水厂 下水道 水喉 谁费 水",
    "gas": "燃气热水器 燃气壁挂炉 天然气热水器 煤气热水器 壁挂炉 燃气灶 煤气灶 天然气灶 燃气 天然气 煤气 煤汽 天燃气 液化气 管道气 "
    "停气 没气 断气 漏气 供气 通气 来气 用气 送气 开气 关气 气费 气表 气价 气量 气压 气管 气阀 气卡 买气 缺气 灶台 灶具 灶 软启 瓦斯",
    "heat": "暖气片 暖气费 暖气管道 暖气管 暖气 地暖管 地暖 供暖 供热 采暖 取暖 换热站 热力站 热力公司 热力 集中供热 停暖 停热 热费 热网 热源 "
    "热计量 热量表 热表 通暖 来暖 软气 暖器 暖汽",
    "": "电话 电脑 电梯 电视 电瓶车 电动车 电动 电车 电子 电影 电商 电信 电池 电邮 电竞 电台 电驴 电瓶 致电 回电 充电宝 充电器 充电线 "
    "微信 水平 水果 薪水 水货 水军 水准 水印 水饺 水产 水杯 水壶 水泥 水彩 水晶 水库 水族 水稻 水土 水深火热 水落石出 水温 口水 泪水 汗水 "
    "雨水 开水 喝水 烧水 香水 药水 墨水 胶水 油水 风水 山水 冷水 凉水 洗澡水 桶装水 矿泉水 纯净水 跳水 缩水 流水账 流水号 流水单 流水线 一头雾水 雾水 滴水不漏 饮水机 倒水 糖水 茶水 水木 水岸 水榭 丽水 手电筒 手电 电联 太阳能热水器 "
    "天气 客气 生气 空气 脾气 气死 语气 小气 气人 服气 运气 福气 气氛 气温 气味 口气 和气 力气 勇气 打气 叹气 名气 气愤 气派 气候 景气 氧气 "
    "热线 热心 热情 热闹 热点 热门 热量 热敏 取暖器 小太阳 气管炎 供电话 水电站 水逆 逆水",
}


def _compile() -> Tuple["re.Pattern[str]", Dict[str, str]]:
    services = {word: service for service, words in _WORDS.items() for word in words.split()}
    words = "|".join(map(re.escape, sorted(services, key=len, reverse=True)))
    phrases = "|".join(f"(?P<p{i}>{pattern})" for i, (_, pattern) in enumerate(_PHRASES))
    firsts = "".join(
        sorted(
            {word[0] for word in services}
            | set(
                "手电笔平遥充门钥来真太越好想够就让叫热谁店暖地供灯一漆黑乌打点气请欢给方免数没有得抽银酒外泉交扣支缴账流殿千燃换"
            )
        )
    )
    return re.compile(rf"(?=[{firsts}])(?:{phrases}|(?P<word>{words}))"), services


_MENTION, _SERVICE_OF = _compile()
_ONE_WORD = re.compile(r"\W*(?:是|就是|我家|咱家)?(?P<word>气|热|暖)(?:的|吧|呢|费)?\W*\Z")


def _service(match: "re.Match[str]") -> str:
    if match.lastgroup == "word":
        return _SERVICE_OF[match["word"]]
    return _PHRASES[int((match.lastgroup or "p0")[1:])][0] or ""


def find_services(text: str) -> List[Value]:
    """One value per mention: electricity, water, gas or heat."""
    plain = normalise(text)
    alone = _ONE_WORD.match(plain)
    if alone:
        start, end = alone.span("word")
        return [Value("service", start, end, text[start:end], "gas" if alone["word"] == "气" else "heat")]
    named = ((m, _service(m)) for m in _MENTION.finditer(plain))
    return [Value("service", m.start(), m.end(), text[m.start() : m.end()], service) for m, service in named if service]
