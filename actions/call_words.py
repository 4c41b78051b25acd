"""Words about calls back: vague times, "this number", a call that did not come."""

from __future__ import annotations

import re

from actions import words

# Times that are no clock times, and what they come to. The first that fits.
VAGUE_TIMES = (
    (re.compile(r"(吃(完|过|了|好)?|用(完|过))(了)?(晚饭|夜饭|晚餐)|(晚饭|夜饭|晚餐)(以|之|过)?后"), "晚上七点以后"),
    (re.compile(r"(吃(完|过|了|好)?|用(完|过))(了)?(午饭|中饭|晌午饭|午餐)|(午饭|中饭|午餐)(以|之|过)?后|午休(以|之)?后"), "下午一点以后"),
    (re.compile(r"(吃(完|过|了|好)?|用(完|过))(了)?(早饭|早餐|早点)|(早饭|早餐)(以|之|过)?后|一上班|刚上班"), "上午八点半以后"),
    (re.compile(r"下了?班(以|之|了)?后|下了班"), "下午五点半以后"),
)  # fmt: skip
ANY_TIME = re.compile(
    r"随便(什么|啥|哪|几|你们)?|无所谓|(什么|啥|哪个?)(时候|时间|辰光)(都|也)?(可以|行|成|好|方便)|几时都|怎么都行|都有空|一直有空|^现在(就)?(打|行|可以)?[吧啊。!！]*$"
)
# 就打这个号 / 用我留的电话 / 打我登记的那个手机
KNOWN_NUMBER = re.compile(
    r"((就|用|打|拨|还是|回)?(我|俺)?(这个|这|本机|现在的|现在这个|当前|正在用的)(手机|电话)?(号码?|手机|电话|机)"
    r"|(我|俺)?(留|登记|预留|原来|之前|以前|填|户头|账户|档案|系统里?)(下|过|着|在你们那)?(的)?(那个|这个)?(手机|电话)?(号码?|手机|电话)|号码?你们(那里?|那边|系统里?)?(都)?有)"
)
# 怎么没打来 / 你们没给我打电话 / 说好的电话呢; "没来电" is about power
NOT_CALLED = re.compile(
    r"((没|没有|莫得|冇|木有|未)(人|谁|有人|见|见到)?(来)?(给[我俺咱]|跟[我俺]|同我)?(们)?(打|回|拨)(过|个|一个)?(电话|电|来|过来|给[我俺]|[啊呀呢吗?？。!！]*$)"
    r"|(没|没有|未)来(过|个)?电话|(没|没有|未)(接|收|等)到.{0,6}(电话|来电)"
    r"|(约|说|讲|定|答应)好?了?.{0,12}(电话|打给[我俺]|回电|打来|打过来).{0,4}(呢|没|不|[?？])"
    r"|(怎么|咋|为啥|为什么|啷个|还|一直|迟迟).{0,4}不(给[我俺])?(打|回)(电话|电|来|过来|给[我俺]|[啊呀呢吗?？。!！]*$)|放.{0,3}鸽子)"
)
# What is left when a call is asked for and nothing is said of the matter.
BARE = re.compile(
    r"[\s，,。.！!、:：?？~～]|请问|请|麻烦|帮忙?|可以|可不可以|能不能|能否|安排|一下|我|俺|你们?|给|让|叫|找|人|同事|客服|约|个|再|就|吧|呢|啊|呀|哈|的|了|吗|嘛|行|好|谢谢|在|想|要|还是|改|到"
)


def vague_time(plain: str) -> str | None:
    """A time to look for where only a vague one was said: "吃完晚饭"."""
    return next((meant for pattern, meant in VAGUE_TIMES if pattern.search(plain)), None)


def says_when(plain: str) -> bool:
    """Some wish when to be called, without a time: as soon as possible, at any time, after supper."""
    return bool(words.EARLIEST.search(plain) or ANY_TIME.search(plain) or vague_time(plain))
