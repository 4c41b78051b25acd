"""The words times are made of: fragments of patterns shared by the finder (times) and the resolver (time_resolve)."""

from __future__ import annotations

_ONE_TO_NINE = "一二三四五六七八九"
_FIGURES = rf"\d零〇{_ONE_TO_NINE}两十百"
NEIGHBOURS = "一两|两三|三四|四五|五六|六七|七八|八九"
HOUR = rf"(?:\d{{1,2}}|[二三]?十[{_ONE_TO_NINE}]?|(?:{NEIGHBOURS}|九十)(?=点)|零|〇|[一二两三四五六七八九])"
DAY_NUMBER = rf"(?:\d{{1,2}}|[二三]?十[{_ONE_TO_NINE}]?|[{_ONE_TO_NINE}])"
MONTH_NUMBER = rf"(?:\d{{1,2}}|十[一二]?|[{_ONE_TO_NINE}])"
YEAR = r"(?:20\d\d年|二[零〇][二三][零〇一二三四五六七八九]年|今年|明年|去年|前年|本年|后年)"
NEAR = r"(?:上上|下下|上|下|这|本)"

# Days
WEEKDAY = rf"(?:{NEAR}一?个?)?(?:周|星期|礼拜)(?:[一二三四五六日天末]|[1-7](?!\d))(?![次回遍个])"
WEEK = rf"{NEAR}一?个?(?:周|星期|礼拜)(?![围边岁一二三四五六日天末1-7])"
RELATIVE_DAY = (
    r"(?:大前天|大后天|大?[前后]儿(?![子女媳童孙])个?|前天|前日|昨天|昨日|昨儿个?|昨个儿?|今天|今日|今儿个?|今个儿?|明天|明日|明儿个?|明个儿?|后天"
    r"|明后两?天|[前昨今明](?=[早晚晨夜]))"
)
_NO_HOUSE = rf"(?![楼院栋幢座线门机房铺井桩单口柜库店台阀表桥岗码牌窗铁站变箱][^\s]?|[{_FIGURES}]{{1,3}}(?:单元|室|楼|栋|幢|门))"
DAY_OF_MONTH = rf"(?<![{_FIGURES}.第路街巷弄道工区院楼#账户])(?<!工号)(?<!户号){DAY_NUMBER}[号日]{_NO_HOUSE}"
MONTH = rf"(?:{MONTH_NUMBER}月|{NEAR}个?月|当月)"
DATE = (
    rf"(?:{YEAR}的?)?(?<![\d.]){MONTH}{DAY_NUMBER}[号日]"
    r"|(?<!\d)20\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)"
)
EDGE = (
    rf"(?:{YEAR}的?)?(?:{MONTH}|(?<!个)月)(?:底|末|初|中旬|上旬|下旬|中(?![国央心学午]))"
    rf"|(?:今年|明年|去年|(?<![{_FIGURES}半几])年)(?:底|末|初)|(?<![{_FIGURES}半几今明去前后本上下新])年[前后]"
)
HOLIDAY = (
    rf"(?:{YEAR}的?)?(?:国庆节?|元旦节?|五一劳动节|劳动节|(?<![{_FIGURES}])五一节?(?![{_FIGURES}点号月日楼单块毛度栋])"
    r"|十一(?=长?假|期间|放假|[以之]?[前后](?![天面]))|春节|过年|除夕|端午节?|中秋节?|清明节?)"
    r"(?![路街村里巷]|公园|小区|新村|大道|广场|花园)(?:假期|期间|长假)?"
)
LUNAR = (
    rf"(?:(?:{YEAR}的?)?(?:正月|腊月)(?:(?:初[一二三四五六七八九十]|(?:二十|廿)[{_ONE_TO_NINE}]?|三十|十[{_ONE_TO_NINE}]?|\d{{1,2}}(?!\d))[号日]?|里头?)?"
    r"|大年(?:初[一二三四五六七八九十]|三十)|(?<![\d零〇一二三四五六七八九十百半几多])年三十(?=晚|夜|那|[以之]?[前后]|\Z)"
    r"|元宵节?|小年(?=夜|那|[以之]?[前后]|\Z|[,。 ]))"
)
TURN = rf"(?:(?:{YEAR}的?)?(?<![打离展])(?:开春|入冬|入夏|入秋))"
FIRST_WORKDAY = r"(?:(?:[以之过]?后|结束后?)?的?(?:第一|头一?|首)个?(?:工作日|上班日|上班天|工作天))"
DAY = (
    rf"(?:(?:{DATE}|{RELATIVE_DAY})(?:\(?{WEEKDAY}\)?)?|{LUNAR}|{TURN}|{EDGE}|(?:{HOLIDAY}|{WEEK}){FIRST_WORKDAY}?|(?<![每\d两几]){WEEKDAY}|{NEAR}个?月{FIRST_WORKDAY}"
    rf"|{DAY_OF_MONTH}(?:\(?{WEEKDAY}\)?)?)"
)

# Parts of the day
PARTS = (
    ("dawn", "凌晨|拂晓"),
    ("forenoon", "上午|头晌"),
    ("noon", "中午|正午|晌午"),
    ("afternoon", "下午|午后|后晌"),
    ("dusk", "傍晚"),
    ("night", "大半夜|[前后上下]半夜|半夜|深夜|午夜|夜里|夜间"),
    ("morning", "大早上|一大早|大清早|清早|清晨|早上|早晨|早起"),
    ("evening", "大晚上|晚上|晚间"),
)
SHORT_PARTS = {"早": "morning", "晨": "morning", "晚": "evening", "夜": "night"}
_GREETING = r"(?!好(?![几多些像久长]))"
PART = rf"(?:{'|'.join(words for _, words in PARTS)}){_GREETING}"

# Clock
_MINUTES = (
    rf"(?:[零〇]?[{_ONE_TO_NINE}]分|[零〇][{_ONE_TO_NINE}]|[二三四五]?十[{_ONE_TO_NINE}]?分?|\d{{1,2}}分|\d{{2}}(?!\d))"
    r"(?!钟|块|元|度|个|吨|方)"
)
_LITTLE = r"(?!一点(?![半钟多左整一三十二四五零过来])(?:儿|点|些|[都也不没]|[\u4e00-\u9fff]{1,3}[都也][没不]))"
_NO_LIST = (
    r"(?!儿|:第|建议|意见|要求|问题|原因|钱|说明|"
    rf"[{_ONE_TO_NINE}\d]+(?:度|块|个|吨|方|万|元|毛|公|倍|平|米|伏|千|%))"
)
STRONG_CLOCK = (
    rf"(?:{HOUR}点(?:半|一刻|三刻|钟|整|来钟|多钟?|过(?!来|去)|{_MINUTES})"
    rf"|\d{{1,2}}:[0-5]\d(?![\d:])"
    rf"|(?:\d{{1,2}}|二?十[{_ONE_TO_NINE}]?|[二三四五六七八九])时(?!间|候|效|段|常|差|刻|不|代)(?:{_MINUTES}|整|半)?)"
)
WEAK_CLOCK = rf"{HOUR}点{_NO_LIST}"
TO = r"(?:到|至|-{1,2}|~{1,2}|—{1,2})"
CLOCK = rf"(?:{_LITTLE}(?:{STRONG_CLOCK}|{WEAK_CLOCK})|{HOUR}(?={TO}{HOUR}点))"
_NOT_ENUMERATED = rf"(?<![{_FIGURES}.:有第这几哪差提])"
BARE_CLOCK = (
    rf"{_NOT_ENUMERATED}(?:{STRONG_CLOCK}|(?!一点){WEAK_CLOCK}|一点(?=[以之][前后]|左右|前后|到)"
    rf"|{HOUR}(?={TO}{HOUR}点))"
)

# Stretches
SUFFIX = r"(?:[以之过]后|[以之]前|左右|前后|前(?![天面台年期者])|后(?![天面台期者来年]))"
_COUNT = r"(?:好几|\d{1,3}(?:\.\d)?|十[一二三四五六七八九几]?|[二两三四五六七八九几一]?十?[一二两三四五六七八九几半]|[二三四五六七八九]十|俩|仨)"
_SHORT_UNIT = r"(?:多?个)?[半多]?(?:小时(?!候)|钟头)[多半]?|[来多]?分钟|刻钟|(?:多|个半)?天(?![气然花线地台数])[半多]?|宿|个?晚上|夜"
_LONG_UNIT = r"(?:多?个)?[半多]?(?:星期|礼拜)|多?个[半多]?月|周|年(?=[以之]?[前后]|了|多)[多]?"
_AFTERWARDS = r"(?:[以之]?前(?![天面台])|[以之]?后(?![天面台])|[以之]?内(?!部))"
_NOT_COUNTED = rf"(?<![{_FIGURES}.这那每第哪半])"
DURATION = (
    rf"(?:再?过|再等)?{_NOT_COUNTED}(?:"
    rf"(?!(?:24|二十四)小时(?!{_AFTERWARDS}|[了没多]))(?!一天(?!{_AFTERWARDS}|[了半多没]))(?!一夜之间)"
    rf"(?!半天|半宿|半夜){_COUNT}(?:{_SHORT_UNIT}){_AFTERWARDS}?"
    rf"|{_COUNT}(?:{_LONG_UNIT})(?:{_AFTERWARDS}|(?=了|没)))"
)
WHOLE_PART = r"(?:一整?个?(?:上午|早上|下午|晚上)|一(?:夜|宿)(?!之间)|一整[天夜晚]|整[整]?[一]?[夜晚](?!上))"
FEW_DAYS_AGO = r"前(?:[两三几]|些)天"
JUST = r"(?:刚才|刚刚|方才|刚(?:停|断|跳|灭|没|熄|坏|爆|漏))"
NOW = r"(?:现在|这会儿|此刻|目前)"
