"""One clear sentence an intent, none of them from the training data: never silence, never internals, the right ticket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.dialogue.house import loops
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import Talk
from tests.support.server import ROOT, Server

TOPICS = yaml.safe_load((ROOT / "company" / "topics.yml").read_text(encoding="utf-8"))
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))

# what a customer wants: a ticket of the topic's kind must stand at the end
WISHES = {
    "report_emergency": "厨房里煤气味重得呛鼻子，我该咋办",
    "report_outage": "我们家从刚才起一滴水都放不出来了",
    "report_quality": "这两天家里电压低得灯泡只有一丝亮",
    "report_facility": "我家燃气表的玻璃罩裂了一道缝，不漏",
    "ask_outage": "明天我们这片是不是有计划停水的安排",
    "ask_bill": "帮我看看十一月份我该交多少电费",
    "explain_bill": "这期燃气费是按什么算出来的，怎么比上期多了一半",
    "dispute_bill": "我家水表读数你们抄错了，麻烦核实更正",
    "ask_tariff": "居民用天然气一方要几块钱",
    "ask_payment": "电费在支付宝里从哪儿交",
    "report_payment_problem": "我前天交了暖气费，系统里还显示没交",
    "ask_late_fee": "电费晚交一天的违约金是按多少收",
    "request_fee_relief": "我刚失业，水费能不能给缓交两个月",
    "ask_invoice": "电费的电子发票从哪里下载",
    "submit_reading": "我自己抄了下水表，现在是一千零二十六吨，报给你们",
    "ask_reconnection": "欠的电费我补齐了，什么时候给我恢复供电",
    "apply_new_service": "新买的毛坯房想开通天然气，要办什么手续",
    "change_account": "房子卖掉了，电表怎么过户给买家",
    "apply_modification": "家里要装大功率中央空调，想申请增容",
    "apply_suspension": "今年冬天不住这儿，想申请停暖一季",
    "apply_meter_test": "怀疑水表转得太快，想申请校验一下",
    "apply_tariff_change": "我家六口人，想办一户多人口的阶梯电价",
    "ask_hall": "离火车站最近的营业厅在哪儿，几点开门",
    "ask_responsibility": "水表后面的管子坏了该谁出钱修",
    "ask_service_standard": "你们规定室内温度要到多少度才算合格",
    "ask_safety": "家里出远门前燃气阀门该怎么关才安全",
    "ask_saving_tips": "冬天地暖怎么调更省气",
    "complain": "我要投诉你们营业厅窗口的人爱答不理",
    "claim_damage": "你们施工把我家院墙挖塌了，要求赔偿",
    "praise": "给李师傅点个大大的赞，修水管又快又干净",
    "suggest": "我提个建议，账单上能不能印个用量曲线",
    "rate_service": "上次上门维修我打五分，很满意",
    "request_callback": "你们找个人给我回个电话吧",
    "reschedule_callback": "约好今天给我打的电话改到后天下午行不行",
    "cancel_callback": "之前约的回电取消吧，不用打给我了",
    "request_human": "别机器人了，给我接真人客服",
    "ask_ticket": "我上周报的修现在处理到哪一步了",
    "urge_ticket": "报修都一天了还没见人来，帮我催一催",
    "cancel_ticket": "昨天报的那个修不用来了，帮我撤掉",
    "supplement_ticket": "给我之前的报修补一句，门卫处登记一下就能进",
}
# conversation: an answer that fits, and nothing written
TALK = {
    "inform": ("13900000235", "什么事|办"),
    "correct": ("打错了，门牌该是七零二", "什么事|办|哪"),
    "affirm": ("嗯嗯对的", "."),
    "deny": ("并不是这样的", "."),
    "cancel": ("先这样吧，不弄了", "没有正在办|好"),
    "repeat": ("刚才那句我没听明白，再讲一次", "."),
    "ask_capabilities": ("你都会些什么本领", "报修"),
    "bot_challenge": ("跟我聊的是真人还是程序啊", "智能客服|不是真人"),
    "greet": ("早上好呀", "您好|你好|早"),
    "goodbye": ("那我先下了，再见啦", "再见|随时"),
    "thank": ("太感谢你了", "不客气|应该"),
    "chitchat": ("你平时都喜欢听什么歌", "."),
    "out_of_scope": ("帮我查一下去北京的火车票", "帮不上|不归|不管"),
    "vent": ("真是服了你们了，烦死人", "对不起|抱歉|理解"),
}


@pytest.fixture(scope="module")
def city(server: Server) -> Iterator[Server]:
    server.reset(DEFAULT_CLOCK)
    yield server


def fail_with(what: str, talk: Talk) -> None:
    pytest.fail(f"{what}\n\n{talk}", pytrace=False)


def kept_the_rules(talk: Talk) -> None:
    problems = [*talk.broken, *loops(talk.lines)]
    if problems:
        fail_with("\n".join(problems), talk)


def test_every_intent_has_its_sentence() -> None:
    assert set(WISHES) | set(TALK) == set(DOMAIN["intents"])
    assert set(WISHES) == set(TOPICS) - {"other"}


def test_no_sentence_is_from_the_training_data() -> None:
    learnt = "".join(path.read_text(encoding="utf-8") for path in Path(ROOT / "data" / "nlu").glob("*.yml"))
    sentences = [*WISHES.values(), *(text for text, _ in TALK.values() if not text.isdigit())]
    assert [s for s in sentences if re.search(f"- {re.escape(s)}$", learnt, re.M)] == []


@pytest.mark.parametrize("intent", WISHES)
def test_a_wish_becomes_its_ticket(city: Server, intent: str) -> None:
    talk = Talk(city, f"wish-{intent}")
    talk.say(WISHES[intent])
    talk.finish()
    kept_the_rules(talk)
    found, row = talk.tickets(), TOPICS[intent]
    if [t["kind"] for t in found] != [row["kind"]]:
        fail_with(f"one ticket of kind {row['kind']} wanted", talk)
    if found[0]["category"] != intent:
        fail_with(f"noted as {found[0]['category']}, it was {intent}", talk)
    if WISHES[intent] not in found[0]["description"]:
        fail_with("the customer's words are not in the ticket", talk)
    if found[0]["number"] not in "".join(text for _, text in talk.lines):
        fail_with("the number was not told", talk)


@pytest.mark.parametrize("intent", TALK)
def test_conversation_gets_a_word_and_no_ticket(city: Server, intent: str) -> None:
    talk = Talk(city, f"talk-{intent}")
    text, wanted = TALK[intent]
    reply = talk.say(text)
    kept_the_rules(talk)
    if not re.search(wanted, reply):
        fail_with(f"an answer like {wanted!r} wanted", talk)
    if talk.tickets():
        fail_with("a ticket for nothing", talk)
