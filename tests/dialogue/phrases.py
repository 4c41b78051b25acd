"""What customers say in between, and what it means by form: the columns of the interruption matrix."""

from __future__ import annotations

from tests.dialogue.states import STATES

# every form, in the order of the states
FORMS = tuple(dict.fromkeys(state.form for state in STATES))
CALM = tuple(form for form in FORMS if form != "emergency")

DANGER = ["等等 闻到一股好大的煤气味", "天哪楼下电线掉地上冒火花了"]
SECOND_DANGER = ["电表箱也开始冒烟了", "有人被电了一下 倒地上了"]
CANCEL = ["算了，不办了", "取消吧"]
# form → questions, and how the answer to each is known
_FROM_DATA = [("你们营业厅几点关门", "17:30"), ("晚交电费的违约金怎么算", "0\\.1%")]
QUESTION = {
    "fault": [("你们上门要不要收费", "钱|费|有偿"), ("大概什么时候能修好", "现场|时限")],
    "emergency": [("我要不要先关总阀", "表前阀"), ("会不会爆炸啊", "有可能")],
    "enquiry": _FROM_DATA,
    "offer": _FROM_DATA,
    "complaint": _FROM_DATA,
    "callback": _FROM_DATA,
    "identity": _FROM_DATA,
    "choice": [*_FROM_DATA, ("阶梯电价是怎么分档的", "第?二档|分三档")],
}
# form → other wishes, and the ticket each becomes
_COMPLAINT = ("对了我还要投诉你们抄表员骂人", "complain")
_INVOICE = ("顺便帮我开一下上个月的电费发票", "ask_invoice")
_OUTAGE = ("家里突然停水了", "report_outage")
SWITCH = {
    "fault": [_COMPLAINT, _INVOICE],
    "emergency": [_COMPLAINT, _INVOICE],
    "enquiry": [_OUTAGE, _COMPLAINT],
    "offer": [_OUTAGE, _COMPLAINT],
    "complaint": [_OUTAGE, _INVOICE],
    "callback": [_OUTAGE, _COMPLAINT],
    "identity": [_OUTAGE, _COMPLAINT],
    "choice": [_OUTAGE, _COMPLAINT],
}
PERSON = ["转人工", "我要找真人说话"]
_CHAT = ["今天天气真冷啊", "你吃饭了没有呀"]
SMALL_TALK = dict.fromkeys((*FORMS, "choice"), _CHAT) | {
    "fault": ["今天天气真冷啊", "你叫什么名字呀"],
    "emergency": ["哎呀吓死我了", "你叫什么名字呀"],
}
NOT_KNOWN = ["这个我不清楚", "我也不知道啊"]
REPEAT = ["什么？没看懂", "你再说一遍"]
# While a person is waited for, none of this gets a word: the colleague reads it.
FOR_THE_COLLEAGUE = [
    "你们营业厅几点关门",
    "对了我还要投诉你们抄表员骂人",
    "家里突然停水了",
    "今天天气真冷啊",
    "你再说一遍",
    "这个我不清楚",
    "说错了，是水费不是电费",
    "13900000235",
]

# state → corrections → what stands at the end (of the ticket; of the call; what the answer to the bill question says)
CORRECTIONS = {
    "fault-service": [("不对，是暖气坏了", {"service": "heat"}), ("说错了，我是说水管没水了", {"service": "water"})],
    "fault-address": [("说错了，不是停电，是停水", {"service": "water"}), ("不是没电，是没气", {"service": "gas"})],
    "fault-since": [("不对，是3号楼", {"address": "3号楼1单元302"}), ("说错了，不是停电是停水", {"service": "water"})],
    "fault-phone": [
        ("地址错了，是2单元302", {"address": "2单元302"}),
        ("时间错了，是昨天晚上", {"description": "昨天晚上"}),
    ],
    "fault-confirm": [
        ("电话错了，是13987654321", {"phone": "13987654321"}),
        ("不对，是5号楼", {"address": "5号楼1单元302"}),
    ],
    "emergency-place": [
        ("说错了，是楼道里有煤气味", {"service": "gas"}),
        ("不是我家，是阳光花园3号楼", {"address": "阳光花园3号楼"}),
    ],
    "emergency-detail": [
        ("不是我家，是阳光花园3号楼", {"address": "阳光花园3号楼"}),
        ("不对，我现在在东湖苑7号楼", {"address": "东湖苑7号楼"}),
    ],
    "emergency-phone": [("不对，是3号楼", {"address": "3号楼"}), ("地址说错了，是2单元302", {"address": "2单元302"})],
    "enquiry-contact": [
        ("说错了，是电表不是水表", {"service": "electricity"}),
        ("不是这个月，是9月份的", {"description": "9月份"}),
    ],
    "offer-contact": [
        ("说错了，是移表不是增容", {"description": "移表"}),
        ("不对，是店里要增容", {"description": "店里"}),
    ],
    "offer-known": [
        ("电话换一个，打13987654321", {"phone": "13987654321"}),
        ("不对，是店里要增容", {"description": "店里"}),
    ],
    "complaint-what": [
        ("说错了，我要投诉的是收费员骂人", {"description": "收费员"}),
        ("不对，是上周五抄表员骂人的事", {"description": "上周五"}),
    ],
    "complaint-demand": [
        ("说错了，不是抄表员，是收费员", {"description": "收费员"}),
        ("不对，是在楼道里骂的", {"description": "楼道"}),
    ],
    "complaint-contact": [
        ("说错了，不是抄表员，是收费员", {"description": "收费员"}),
        ("诉求说错了，是要赔我五百块", {"demand": "五百块"}),
    ],
    "callback-phone": [
        ("说错了，是想问过户的事", {"reason": "过户"}),
        ("不对，打我家座机0551-62837719", {"phone": "0551-62837719"}),
    ],
    "callback-time": [
        ("电话错了，是13987654321", {"phone": "13987654321"}),
        ("说错了，是打13987654321这个号", {"phone": "13987654321"}),
    ],
    "identity-account": [
        ("说错了，是10月份的", {"last": "2026年10月", "before": "2026年9月"}),
        ("不是上个月，我问的是十月份的", {"last": "2026年10月", "before": "2026年9月"}),
    ],
    "identity-digits": [
        ("户号发错了，是{other}，后四位{other_digits}", {"last": "{other_amount}", "before": "{other_amount_before}"}),
        ("不对，户号是{other}，尾号{other_digits}", {"last": "{other_amount}", "before": "{other_amount_before}"}),
    ],
}
