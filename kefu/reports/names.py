"""How codes are called in a report."""

from __future__ import annotations

from kefu.company.data import CompanyData
from kefu.reports.parts import UNKNOWN

KINDS = {
    "fault": "报修", "emergency": "险情", "dispute": "账单核查", "complaint": "投诉", "application": "业务申请",
    "enquiry": "咨询", "opinion": "意见建议",
}  # fmt: skip
SERVICES = {"electricity": "供电", "water": "供水", "gas": "燃气", "heat": "供热"}
TARGETS = {"contact": "首次联系", "arrival": "到场", "reply": "答复", "closing": "办结"}
CLASSES = {"urban": "城镇", "rural": "农村", "remote": "边远"}
CUSTOMERS = {"resident": "居民", "business": "非居民"}
CHANNELS = {"rest": "接口", "web": "网页", "wechat": "微信", "socketio": "Socket.IO", "hotline": "电话"}
STATES = {
    "new": "新建",
    "assigned": "已派单",
    "in_progress": "处理中",
    "waiting": "等待中",
    "resolved": "已处理，待客户确认",
}
LINES = {
    "tier": "阶梯用量费", "component": "分项用量费", "peak": "峰时用量费", "flat": "平时用量费", "valley": "谷时用量费",
    "sharp": "尖峰用量费", "deep_valley": "深谷用量费", "step": "阶梯加价", "surcharge": "附加", "free": "免费基数",
    "minimum": "最低收费补差", "power_factor": "力调电费", "area": "按面积收费", "basic": "基本费", "late_fee": "违约金", "late_fee_waiver": "减免违约金",
}  # fmt: skip


def called(names: dict[str, str], code: str | None) -> str:
    """The name, else the code itself."""
    return names.get(code, code) if code else UNKNOWN


def category(company: CompanyData, code: str | None) -> str:
    topic = company.topics.get(code or "")
    return topic.label if topic is not None else code or UNKNOWN


def branch(company: CompanyData, code: str | None) -> str:
    """The levels of a category from the top, if the ticket has one."""
    return " / ".join(row.label for row in company.categories.path(code)) or "—"


def units(company: CompanyData) -> dict[str, str]:
    """Centre, districts and stations by code."""
    return {unit.code: unit.name for unit in company.organisation.units}


def unit(company: CompanyData, code: str | None) -> str:
    return called(units(company), code)


def cause(company: CompanyData, code: str | None) -> str:
    """What a complaint is counted under: an indicator, else its category."""
    indicator = company.indicators.by_code(code)
    return indicator.name if indicator is not None else category(company, code)
