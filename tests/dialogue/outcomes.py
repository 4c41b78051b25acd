"""One clear sentence an intent, none of them from the training data, and the outcome a customer may expect of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`kind`: what stands at the end; the other fields where they apply to it.

    ticket: of the topic's kind, with the customer's words; `reply` may be promised on the way.
    offer: answered (`reply`) first; then a ticket for who leaves a phone, nothing for who says 不用.
    answer: `reply` is said at once, nothing is written, no contact is asked for.
    bill: the account is proved first; then a reply with all of `amounts` (placeholders), nothing is written.
    callback: a call is booked, no ticket. handoff: a person is called at once. word: `reply` and nothing else.
    """

    kind: str
    reply: str = "."
    amounts: tuple[str, ...] = ()


TICKET = Outcome("ticket")


def ticket(reply: str) -> Outcome:
    return Outcome("ticket", reply)


def offer(reply: str) -> Outcome:
    return Outcome("offer", reply)


def answer(reply: str) -> Outcome:
    return Outcome("answer", reply)


def bill(*amounts: str) -> Outcome:
    return Outcome("bill", amounts=amounts)


def word(reply: str) -> Outcome:
    return Outcome("word", reply)


_SORRY = "对不起|抱歉"
_THANKS = "谢谢|感谢"

OUTCOMES: dict[str, tuple[str, Outcome]] = {
    # emergencies and faults
    "report_emergency": ("厨房里煤气味重得呛鼻子，我该咋办", ticket("安全[\\s\\S]*96118")),
    "report_outage": ("我们家从刚才起一滴水都放不出来了", TICKET),
    "report_quality": ("这两天家里电压低得灯泡只有一丝亮", TICKET),
    "report_facility": ("我家燃气表的玻璃罩裂了一道缝，不漏", TICKET),
    "ask_outage": ("停电要提前几天通知我们", answer("提前7天")),
    # bills and payment
    "ask_bill": ("帮我看看十一月份我该交多少电费", bill("{amount}", "没有欠费")),
    "explain_bill": ("上期电费是按什么算出来的，怎么是这个数", bill("{amount}", "{amount_before}")),
    "dispute_bill": ("我家水表读数你们抄错了，麻烦核实更正", TICKET),
    "ask_tariff": ("居民用天然气一方要几块钱", answer("2\\.61")),
    "ask_payment": ("电费在支付宝里从哪儿交", answer("支付宝.*生活缴费")),
    "report_payment_problem": ("我前天交了暖气费，系统里还显示没交", TICKET),
    "ask_late_fee": ("电费晚交一天的违约金是按多少收", answer("0\\.1%")),
    "request_fee_relief": ("我刚失业，水费能不能给缓交两个月", offer("缓交.*30天")),
    "ask_invoice": ("电费的电子发票从哪里下载", offer("电子发票")),
    "submit_reading": ("自家水表的数字几号之前报给你们才作数", offer("25日")),
    "ask_reconnection": ("欠的电费我补齐了，什么时候给我恢复供电", offer("24小时")),
    # business
    "apply_new_service": ("新买的毛坯房想开通天然气，要办什么手续", offer("身份证.*房产证")),
    "change_account": ("房子卖掉了，电表怎么过户给买家", offer("身份证.*房产证")),
    "apply_modification": ("家里要装大功率中央空调，想申请增容", offer("增容")),
    "apply_suspension": ("今年冬天不住这儿，想申请停暖一季", offer("10月15日")),
    "apply_meter_test": ("怀疑水表转得太快，想申请校验一下", offer("40元")),
    "apply_tariff_change": ("我家六口人，想办一户多人口的阶梯电价", offer("100度")),
    "ask_hall": ("离火车站最近的营业厅在哪儿，几点开门", answer("营业厅.*0600-\\d{7}.*\\d:30")),
    "ask_responsibility": ("水表后面的管子坏了该谁出钱修", answer("表之后.*您自己")),
    "ask_service_standard": ("你们规定室内温度要到多少度才算合格", answer("18度")),
    "ask_safety": ("家里出远门前燃气阀门该怎么关才安全", answer("阀门.*关")),
    "ask_saving_tips": ("冬天地暖怎么调更省气", answer("窗|阀门|温度")),
    # complaints and opinions
    "complain": ("我要投诉你们营业厅窗口的人爱答不理", ticket(_SORRY)),
    "claim_damage": ("你们施工把我家院墙挖塌了，要求赔偿", ticket(_SORRY)),
    "praise": ("给李师傅点个大大的赞，修水管又快又干净", ticket(_THANKS)),
    "suggest": ("我提个建议，账单上能不能印个用量曲线", ticket(_THANKS)),
    "rate_service": ("上次上门维修我打五分，很满意", ticket(_THANKS)),
    "vent": ("真是服了你们了，烦死人", word(f"{_SORRY}|理解")),
    # tickets and callbacks
    "ask_ticket": ("我上周报的修现在处理到哪一步了", TICKET),
    "urge_ticket": ("报修都一天了还没见人来，帮我催一催", TICKET),
    "cancel_ticket": ("昨天报的那个修不用来了，帮我撤掉", TICKET),
    "supplement_ticket": ("给我之前的报修补一句，门卫处登记一下就能进", TICKET),
    "request_callback": ("你们找个人给我回个电话吧", Outcome("callback")),
    "reschedule_callback": ("约好今天给我打的电话改到后天下午行不行", word("没有查到约好的回电")),
    "cancel_callback": ("之前约的回电取消吧，不用打给我了", word("没有查到约好的回电")),
    "request_human": ("别机器人了，给我接真人客服", Outcome("handoff", "排在第\\d+位")),
    # conversation
    "inform": ("13900000235", word("什么事|办")),
    "correct": ("打错了，门牌该是七零二", word("什么事|办|哪")),
    "affirm": ("嗯嗯对的", word(".")),
    "deny": ("并不是这样的", word(".")),
    "cancel": ("先这样吧，不弄了", word("没有正在办|好")),
    "repeat": ("刚才那句我没听明白，再讲一次", word(".")),
    "ask_capabilities": ("你都会些什么本领", word("报修")),
    "bot_challenge": ("跟我聊的是真人还是程序啊", word("智能客服|不是真人")),
    "greet": ("早上好呀", word("您好|你好|早")),
    "goodbye": ("那我先下了，再见啦", word("再见|随时")),
    "thank": ("太感谢你了", word("不客气|应该")),
    "chitchat": ("你平时都喜欢听什么歌", word(".")),
    "out_of_scope": ("帮我查一下去北京的火车票", word("帮不上|不归|不管")),
}
