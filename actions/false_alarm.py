"""A danger called off ("搞错了，是臭豆腐", "不用来了"): noted, never simply struck out; a question calls nothing off."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import duty, everyone, thread
from actions.danger_ticket import of_report
from actions.dialogue import Dialogue
from kefu.alerts.service import raise_alert
from kefu.intake.danger_words import says_grows
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

_OFF = re.compile(
    r"(不用(你们?)?(再)?(来|派|管|过来)|别(派|来)人?了?|不需要(来|派)|(搞|弄|看|闻|听|报|按|点)错|误(报|会)|虚惊|取消|撤(销|单|回)|算了"
    r"|不报了|是(我|我妈|我爸|邻居|隔壁)?(在)?(炒|做|煮|烧|炖)[^，。]{0,4}(味|糊了)|是(臭豆腐|榴莲|螺蛳粉|香水|油漆|蚊香|下水道))"
)
_CALM = re.compile(
    r"(?<!人)(?<!都)(?<!家)(没事了|没什么事|没啥事)"
)  # said of people while it is open whether they are safe
_STILL = re.compile(r"(还(有|在|是)|又|越来|没(停|走|散)|不是(搞|弄|看)错|没(搞|弄|看|闻)错)")
_OF_A_FACT = re.compile(r"(地址|地方|位置|电话|号码|手机|单元|楼|号|房间|门牌|室|人工|同事|客服|排队|\d)")
_ASKS = re.compile(r"([吗么?？]|要不要|能不能|可不可以|该不该|是不是|怎么|咋|怎样|会不会|几|多久|谁)")


def said(talk: Dialogue) -> bool:
    """The customer calls it off, in so many words; never a question, a correction or a word of more danger."""
    heard, plain = talk.heard, talk.heard.plain
    calm = _CALM.search(plain) and talk.slot("emergency_safe") not in (*everyone.OPEN, everyone.HURT)
    if not (_OFF.search(plain) or calm) or _ASKS.search(plain) or _STILL.search(plain) or heard.has_particulars:
        return False
    worse = everyone.hurt(talk) or everyone.on_fire(talk) or says_grows(plain)
    return not worse and not _OF_A_FACT.search(plain)


def taken(talk: Dialogue) -> list[EventType] | None:
    """While danger is reported, or after it: noted where somebody will see it, and the report ends kindly."""
    if (talk.form not in (None, "emergency_form")) or not said(talk):
        return None
    ticket = of_report(talk)
    if talk.form is None and (ticket is None or talk.slot("offered_return") or not _last(talk, ticket)):
        return None
    service = ticket.service if ticket is not None else talk.slot("emergency_service")
    phone = talk.emergency_phone(service)
    if ticket is not None:
        tickets.supplement(talk.session, ticket, "customer", f"客户称误报或已没事：{talk.heard.text}")
        talk.tell("danger_false_alarm", number=ticket.number, phone=phone)
    else:
        raise_alert(talk.session, "emergency", "客户称误报，没有建工单", talk.conversation_id, danger="false_alarm")
        talk.tell("danger_false_alarm_unplaced")
        talk.say("utter_cancelled_emergency_unplaced", phone=phone)
    if talk.form is None:
        return talk.events
    duty.leave_report(talk)
    return thread.after(talk, ask_first=True)


def _last(talk: Dialogue, ticket: Ticket) -> bool:
    """Nothing was registered after it that could be meant."""
    newest = tickets.latest_open(talk.session, talk.conversation_id)
    return newest is None or newest.number == ticket.number
