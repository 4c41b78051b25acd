"""The words in which people speak of what they have reported: nobody came, not fixed, fixed, which one."""

import re

# 还没来人啊都俩小时了: an urging, however much it sounds like a report
NOBODY_CAME = re.compile(
    r"((还|咋|怎么|到现在|至今|一直|硬是|根本)?(还|都)?(没得?|没有|不见|冇|莫得|木有|未见|没见)(见)?(一?个)?(人影|师傅|工人|人)?(嚟|来人?|上门|到(?!账)|过来|人(来|管|理|影|联系))(?![电水气暖])"
    r"|人呢|人影|什么时候(才)?(来人|派人)|(几时|啥时候?|多久)才?来人|快(点|些)?(来人|派人|来修|来个人)|搞快点|加个?急(?!诊)|冇人嚟|没人来)"
)
# 又停了, 还是没修好, 没解决: what was called done is not
NOT_SOLVED = re.compile(
    r"(又(漏|停|坏|不热|没[电水气暖了]|跳闸|跳了|堵|断|凉|黑)|还是?(没(来|有|恢复|通|送|供)?[电水气暖]|没(恢复|修|好)|漏|滴|停|坏|不热|不行|不通|老样子|那样)"
    r"|没(有)?(修好|解决|弄好|搞好|搞定|处理好|修利索)|[冇莫]得?(修|搞|弄)好|白修|(根本|压根)没(修|好|解决)|修了(等于|跟)没修|跟没修一样)"
)
# 修好了，谢谢 / 解决了: by us, or somebody; 来电了 alone is only that it is back
FIXED = re.compile(
    r"((修|弄|搞|整|处理|解决|办|换)(好|妥|利索|完|掂|定)?(了|啦|咯|喽|哒|嘞|咗)|(问题|事)(已经?)?解决|搞掂咗|没问题了|可以结(案|单)|结(案|单)吧)"
)
NOT_FIXED = re.compile(r"([没不未冇莫]|还[没未]|一半|什么时候|几时|啥时|[吗么嘛?？]|[是能会]不)")
# 确定撤 / 嗯撤吧
SURELY = re.compile(r"^(确定|确认|撤|取消|撤销|撤了|撤吧|那就撤|不用来了|别来了)[吧了的啊。.!！]*$")
# 修好了没 / 解决了吗
ASKS_IF_DONE = re.compile(
    r"^(那|现在|到底|我的?|报的?|那个|[，, ])*(修|弄|搞|整|处理|解决|办)(好|完|妥)?(了|咯)?(吗|没有?|么|不|未)[呢啊呀？?。]*$"
)
# 取消那个停电的 / 撤 / 撤单
WITHDRAWS = re.compile(
    r"(取消|撤销?|销)(掉|了)?(那个|那张|那条|我的?|刚才的?|这个)?(停[电水气暖]|没[电水气]|报修|报的|漏水|工单|单子?)|^撤(销|单|了|吧|掉)*[。.!！]*$"
)
STAYS = re.compile(r"(先?留着|不撤|别撤|先别|先不|不结|别结|还没[修好])")
CLOSES = re.compile(r"^(结了?|结案|结单|可以|确定|确认|修好了|好了|没问题|满意)[吧了的啊呀。.!！]*$")
ALL_OF_THEM = re.compile(r"^(全部|都|所有|两个都|每个|一起)")
# 尾号0042那个 / 末四位 0042
TAIL = re.compile(r"(?:尾号|尾数|末[三四]位|后[三四]位|最后[三四]位|尾巴)\D{0,4}(\d{3,5})")
ABOUT_KIND = (
    (re.compile(r"(险情|漏气|抢险)"), "emergency"),
    (re.compile(r"(投诉|举报|告)"), "complaint"),
    (re.compile(r"(报修|报的修|停[电水气暖]|没[电水气]|漏水|不热|抢修)"), "fault"),
    (re.compile(r"(申请|过户|报装|开票|发票|办的?业务|缓交|减免)"), "application"),
    (re.compile(r"(核查|核实|异议|账单)"), "dispute"),
)
PROVES = re.compile(r"(核实|验证|证明|查户号|报户号|^户号|身份)")
COLLEAGUE = re.compile(
    r"(请|让|叫)(你们?)?(的)?同事|核实不了|没有?户号|不(知道|记得|晓得|清楚)|没办法核实|你们(帮我)?(查|找)"
)
# Nothing but the number, and words that carry it
CARRIES = re.compile(
    r"(我|的|你好|您好|请问|麻烦|帮|查|一?下|看|工单|报修|投诉|单子?|编?号|号码?|是|为|就|个|这|那|[啊呀呢吧哦]|[\W_])"
)
THE_FIRST = str.maketrans("一二三四五", "12345")
ORDINAL = re.compile(r"^(?:就?是?)?(?:第|选)?([1-5])(?:个|件|张|条|项|号|单)?(?:的|吧|那个|那件)?[。.!！]*$")
# Enough for "which of mine", not for a new matter
SHORT = 16
BARE = 6
OF_ITS_OWN = re.compile(r"(投诉|举报|索赔|赔偿|理赔|赔我|赔钱)")
