"""What a reply asks the customer for: the table of ../shared/eval/README.md."""

from __future__ import annotations

import re

ASKED = {
    "address": "地址|小区|门牌|楼栋|位置|在哪",
    "phone": "电话|手机|联系方式|号码",
    "account": "户号|客户编号",
    "verify": "验证|核实身份|尾号|后四位|户主姓名",
    "name": "姓名|称呼|贵姓",
    "since": "什么时候开始|多久|何时",
    "scope": "邻居|整栋|整个小区|只有您家",
    "danger": "气味|异味|漏|冒烟|火花|受伤|安全",
    "time": "什么时间|几点|哪天|时段",
    "period": "哪个月|账期",
    "detail": "详细|具体|描述",
    "quantity": "多少度|温度|读数",
    "photo": "照片|图片",
    "balance": "余额|气量",
    "service": "水电气热哪一项",
    "which": "哪一个|哪一张|哪一处|哪一户|请选择",
    "ticket": "工单号|单号",
    "demand": "诉求|希望怎么处理",
    "reason": "原因|事由|什么问题",
    "confirm": "确认|是否提交|对吗",
    "offer": "需要我帮您.*吗",
    "notify": "通知您|提醒您",
    "handoff": "转人工|人工客服",
    "score": "评分|打分",
    "title": "抬头",
    "tax_no": "税号|识别号",
    "email": "邮箱",
}
# what a person understands besides
ALSO_ASKED = {"address": "地方|哪里|哪儿|哪栋", "since": "时候|时间", "phone": "回电", "service": "哪一项|电、水"}
QUESTION = re.compile("[？?吗]|请.{0,4}(告诉|说|提供|留|发)|再发|请带|留个|直接说|说个")


def asked_for(reply: str, strict: bool) -> set[str]:
    """The keys of a scenario's `answers` that this reply asks for.

    `strict`: the README's words anywhere in the reply. Otherwise as a person reads: only questions and requests ask.
    """
    if strict:
        return {key for key, pattern in ASKED.items() if re.search(pattern, reply)}
    sentences = [s for s in re.split(r"(?<=[？?。！\n])", reply) if QUESTION.search(s)]
    patterns = {key: f"{pattern}|{ALSO_ASKED.get(key, pattern)}" for key, pattern in ASKED.items()}
    return {key for key, pattern in patterns.items() if any(re.search(pattern, s) for s in sentences)}
