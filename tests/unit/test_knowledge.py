"""The company's answers: each reached by a natural question, true to the other files, broken ones refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from demo import city
from kefu.billing.pricing.lines import number
from kefu.clock import clock, local, parse_local
from kefu.company.data import CompanyData, load_company
from kefu.company.tariffs import Tariff, TariffBook
from kefu.company.yaml_lines import DataProblem
from kefu.db.session import Database
from kefu.db.tables import Base
from kefu.knowledge.entries import LEVEL, Entry, load_knowledge
from kefu.knowledge.halls import open_weekdays
from kefu.knowledge.service import Answer, Choice, enquire, find_answer, hall_answer, tariff_answer
from kefu.network.models import Hall

ROOT = Path(__file__).resolve().parent.parent.parent
COMPANY = load_company(ROOT / "company")
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
SERVICES = {"-": None, "e": "electricity", "w": "water", "g": "gas", "h": "heat"}
Put = Callable[[str | None], None]

# Intent, then a row a question: service (- none, e w g h), the question, the entry that answers it.
QUESTIONS = """
ask_payment
- 我不会用智能手机，拿现金去哪交 > pay-cash
- 水电费在哪儿交啊 > pay-ways
e 这个月的电费怎么交 > pay-ways
- 每个月几号之前得交 > pay-deadline
w 水费最晚哪天交 > pay-deadline
- 微信上能交不 > pay-mobile
e 网上怎么缴电费 > pay-mobile
- 想办个银行代扣 > pay-autodebit
g 燃气费能自动扣吗 > pay-autodebit
- 我妈不会用手机，能拿现金交吗 > pay-cash
- 能替我爸妈交不 > pay-for-others
e 我在外地，电费能让别人代交吗 > pay-for-others
- 可以先存钱进去慢慢扣吗 > pay-prepay
- 先交一部分行不行 > pay-part
h 取暖费怎么交 > pay-heat
h 暖气费能一次性交一整季吗 > pay-heat-season
g 气卡怎么充气 > pay-gas-card
g 燃气卡丢了能补卡吗 > pay-gas-card-lost
w 插卡水表去哪买水 > pay-water-card
e 预付费电表怎么买电 > pay-elec-card
- 缴费记录在哪看 > pay-records
- 我不知道户号，在哪里能看到 > pay-where-account-number
e 我是13位的户号输不进去 > pay-old-number
report_payment_problem
- 银行流水上一分钟走了三笔 > paid-twice
- 户号输倒了两位，付给不认识的人了 > paid-wrong-account
- 两套房子搞岔了，七楼的交到九楼了 > paid-wrong-account
- 存多了想取出来 > refund
- 刷卡机显示失败，银行却扣了钱 > paid-not-credited
- 交了钱没到账 > paid-not-credited
e 电费昨天付了今天还没到账 > paid-not-credited
- 手一抖交了两次 > paid-twice
w 水费重复扣款了 > paid-twice
- 交到邻居家户上去了 > paid-wrong-account
e 电费户号输错了，充到别人家了 > paid-wrong-account
- 多出来的钱怎么退款 > refund
g 交过气费了怎么还发短信催 > paid-still-dunned
- 代扣没扣成功怎么回事 > autodebit-failed
- 账户余额怎么不见了 > balance-gone
g 买了气，卡插进去没反应 > card-not-loaded
ask_late_fee
- 违约金一天收多少 > late-fee
h 暖气费晚交几天要加多少钱 > late-fee
- 为什么会有滞纳金 > late-fee-why
w 水费欠多久会停水 > late-fee-cut
e 电费违约金有法律依据吗 > late-fee-law
request_fee_relief
- 一次掏不起 > relief-instalments
- 工资还没发，能通融几天不 > relief-postpone
- 能不能给减一点 > relief
- 上次的滞纳金能免掉不 > relief-late-fee
e 欠得多，电费能分期交吗 > relief-instalments
- 这个月手头紧，能宽限几天吗 > relief-postpone
- 我是低保户有优惠没 > relief-poor
h 房子空着没住人，暖气费能少交点吗 > relief-heat-empty
h 屋里不到18度，能退暖气费吗 > std-heat-refund
ask_invoice
- 电子发票怎么开 > invoice
e 电费发票去哪弄 > invoice
- 我们单位要增值税专票 > invoice-vat
- 发票抬头写错了能改吗 > invoice-title
- 去年的发票能补开吗 > invoice-lost
- 我要一张纸质的收据报销 > receipt-paper
submit_reading
- 今天交房，双方看过了，麻烦留个底 > reading-how
- 我想自己报表数 > reading-how
- 表数什么时候报都行吗 > reading-when
- 报读数要拍照片吗 > reading-photo
- 抄表的来了家里没人怎么办 > reading-missed
e 电表上那么多数怎么看 > reading-elec
e 电表要不要我自己报数 > reading-elec-smart
w 水表红针要不要报 > reading-water
g 燃气表红框里的算不算 > reading-gas
h 热表的数怎么报 > reading-heat
ask_reconnection
- 欠费停了，怎么恢复 > reconnect
e 欠费停电了，交了怎么送电 > reconnect-elec
w 欠费把水停了，怎么开 > reconnect-water
g 欠费停气怎么打开 > reconnect-gas
h 欠费停暖的怎么办 > reconnect-heat
- 钱交清了多长时间能恢复 > reconnect-time
- 欠费停之前怎么也不通知一声 > reconnect-notice
apply_meter_test
- 想校一下表 > test-general
e 怀疑电表走得快想校验 > test-elec
w 水表不准，申请检定 > test-water
g 气表偏快想验一下 > test-gas
h 热量表怀疑不准 > test-heat
- 表黑屏了，换一块要钱吗 > test-broken
e 换了智能表以后电费高得吓人 > test-smart-fast
- 校表谁来校，信不过你们 > test-who
apply_new_service
e 工地下周要打桩，临时用电怎么弄 > new-elec-temporary
e 新房装电表怎么申请 > new-elec
e 开了个店，营业执照也有，怎么申请用电 > new-elec-business
e 车位想装充电桩 > new-elec-charger
e 工地要临时用电 > new-elec-temporary
w 新装自来水要啥材料 > new-water
g 家里想装天然气 > new-gas
g 新房什么时候来点火 > new-gas-ignite
g 我们老小区什么时候能通天然气 > new-gas-village
h 想开通暖气怎么申请 > new-heat
h 刚交房第一年暖气不热找谁 > new-heat-first
- 开户需要带啥 > new-what
- 新装能在网上申请吗 > new-online
- 租的房子能申请装表吗 > new-rent
e 屋顶想装光伏板 > modify-elec-solar
change_account
- 我爸走了，户头还写着他 > transfer-inherit
- 以前的手机号被收走了，给我换成新号码 > change-phone
- 怎样把以前的租户从小程序里踢出去 > bind-account
- 房子过户，水电要改名怎么弄 > transfer
e 电表过户带什么 > transfer
- 过户能在网上办不 > transfer-online
- 我父亲去世了，户名怎么换 > transfer-inherit
- 法拍房之前欠的钱算谁的 > transfer-auction
- 买了套二手房，户主要换成我 > transfer-second-hand
- 公司名称变了，营业执照换了 > transfer-company
- 户名写错了一个字 > change-name
- 换手机号了怎么改 > change-phone
- 微信怎么绑定户号 > bind-account
- 户口本地址和账单上的门牌对不上 > change-address
- 我是租客，能换成我的名字吗 > tenant-name
- 户号忘了去哪里查 > pay-where-account-number
apply_modification
- 想改动一下表的位置附近的管线 > modify
e 家里老跳闸，想增容 > modify-elec-capacity
e 容量用不了那么大，想减下来 > modify-elec-reduce
e 电表箱想挪个位置 > modify-elec-meter
e 一套房想分户装两块表 > modify-elec-split
e 阳台装太阳能发电要手续吗 > modify-elec-solar
w 水表想移到外面 > modify-water
w 一栋楼合用总表，能改一户一表吗 > modify-water-split
g 厨房装修想改燃气管道 > modify-gas
g 改燃气管多少钱 > modify-gas-price
g 想装个壁挂炉 > modify-gas-boiler
h 暖气片想改成地暖 > modify-heat
h 能改成按热量计量收费吗 > modify-heat-meter
e 电动车位要装个充电桩 > new-elec-charger
apply_suspension
- 店不干了，户头给我撤了 > close-account
- 想把多出来那块表退了 > close-account
- 房子暂时不住了想停掉 > suspend
h 今年不用暖气想报停 > suspend-heat
h 暖气报停了还要交百分之三十吗 > suspend-heat-fee
h 报停过了时间还能办吗 > suspend-heat-late
h 去年报停的，今年怎么恢复 > suspend-heat-resume
e 出国一年，电要不要停 > suspend-elec
w 老房子长期没人，水要报停吗 > suspend-water
g 燃气想停用一阵子 > suspend-gas
- 房子拆迁了要销户 > close-account
- 房客走了，表怎么处理 > suspend-tenant
apply_tariff_change
- 想换成晚上打折的那种 > tou-apply
e 我想申请农排电价 > tariff-change
e 不要这个峰谷了，麻烦停掉 > tou-cancel
- 想换一种计价的方式 > tariff-change
e 怎么开通峰谷电价 > tou-apply
e 峰谷电价不划算，想取消 > tou-cancel
e 家里七口人，电能多算点吗 > many-people-elec
w 家里六口人水费能不能多给点额度 > many-people-water
g 人口多，燃气第一档能多点不 > many-people-gas
- 一户多人口怎么办理 > many-people
- 住房改成开店要改用电性质吗 > use-change
ask_tariff
- 半夜洗衣服省钱，是几点到几点 > tou-hours
- 什么是阶梯价格 > tier-how
w 水费阶梯什么时候清零 > tier-reset
e 阶梯是按月还是按年算 > tier-reset
e 我家现在第几档了 > tier-which
e 峰谷电划不划算 > tou-worth
e 夜里便宜的电是几点到几点 > tou-hours
e 我们几家合用一块电表，合表怎么算 > shared-elec
g 到了年底燃气费怎么就贵了 > tier-new-year
e 电费最近涨价了没有 > price-change
w 水费里的污水处理费是什么 > water-parts
h 取暖费按建筑面积还是套内收 > heat-area
h 一月才入住，中途开暖气费怎么收 > heat-season-price
ask_service_standard
e 计划停电是不是提前七天告知 > std-notice-elec
- 上门的人要不要穿鞋套 > std-general
- 农村抢修是不是比城里慢 > std-times
- 过户走流程最长要几天 > std-apply
- 报修以后多久有人来 > std-times
- 有危险的情况你们多快能到 > std-emergency
e 电出了毛病你们规定几时处理 > std-elec
w 水方面你们承诺的是啥 > std-water
g 燃气服务的承诺 > std-gas
h 供热服务有什么承诺 > std-heat
e 电压多少伏算正常 > std-voltage
w 水压标准是多少 > std-pressure-water
w 自来水能直接喝吗 > std-quality-water
g 天然气压力多大算正常 > std-pressure-gas
h 室温标准是多少度 > std-heat-temp
h 几号开始供暖 > std-heat-season
h 测出来十五度退多少钱 > std-heat-refund
- 投诉几天给答复 > std-complaint
- 账单核查要几天 > std-billing-check
- 办业务要多久 > std-apply
- 你们有什么服务承诺 > std-general
e 计划停电提前几天通知 > std-notice-elec
w 停水提前多久通知 > std-notice-water
g 停气要提前通知吗 > std-notice-gas
h 检修停暖提前说吗 > std-notice-heat
ask_outage
- 停供的信息去哪查 > outage-general
- 怎么订停供的短信 > outage-sms
e 就我家没电，邻居都有 > outage-own-elec
e 停电为什么不提前通知 > std-notice-elec
w 说停水就停水，也不通知 > std-notice-water
ask_safety
- 家用的报警器怎么测试灵不灵 > safe-gas-alarm
g 用燃气要注意什么 > safe-gas
g 燃气报警器必须买吗 > safe-gas-alarm
g 燃气安检收费吗 > safe-gas-check
- 上门的人怎么知道是不是骗子 > safe-inspector-id
g 冬天怎么防煤气中毒 > safe-co
g 燃气灶用几年该换 > safe-gas-appliance-age
g 出远门燃气怎么关 > safe-gas-away
g 天然气漏了是什么味道 > safe-gas-smell-what
g 装修能把燃气管包起来吗 > safe-gas-decorate
g 灶上火苗发黄正常吗 > safe-gas-yellow-flame
e 家里用电要注意啥 > safe-elec
e 电热毯能开一整夜吗 > safe-elec-blanket
e 出门旅游电闸要拉吗 > safe-elec-away
e 漏电保护器老是跳 > safe-elec-breaker
e 电瓶车能在楼道充吗 > safe-elec-ebike
e 打雷要不要拔插头 > safe-elec-storm
e 家里有小孩，插座怎么弄安全 > safe-elec-child
e 高压线下面能钓鱼吗 > safe-elec-line
w 水管怎么防冻 > safe-water-frost
w 停水以后用水要注意什么 > safe-water
w 早上放出来的水发黄能用吗 > safe-water-yellow
h 用暖气要注意什么 > safe-heat
h 暖气怎么放气 > safe-heat-air
h 注水试压家里要留人吗 > safe-heat-trial
- 有什么安全提醒没有 > safe-general
g 煤气软管多久换一次 > gas-hose
ask_saving_tips
e 怎么能省点电 > save-elec
e 空调怎么开省电 > save-elec-ac
e 电热水器一直开着费电不 > save-elec-heater
e 机顶盒待机费电吗 > save-elec-standby
w 有啥节水的办法 > save-water
w 家里没人住水表还走字 > save-water-leak
g 做饭怎么省燃气 > save-gas
g 壁挂炉怎么设省气 > save-gas-boiler
h 屋里怎么能暖和点又省钱 > save-heat
h 暖气放气怎么弄 > safe-heat-air
- 怎么省钱 > save-general
complain
- 尊敬的领导，施工队把绿化带弄坏了，特此投诉 > complain-how
- 谁答应的你们找谁去，反正我要投诉 > complain-how
- 我要投诉 > complain-how
- 投诉能匿名吗，怕报复 > complain-anonymous
- 不行我就打12345 > complain-supervision
- 上回投诉一直没下文 > complain-result
- 师傅修完私下收了我两百 > complain-charge
- 窗口那个人态度太差 > complain-staff
ask_ticket
- 我报的那个事怎么样了 > ticket-how
- 显示已派单是什么意思 > ticket-stages
- 说好上午来，到现在没人来 > ticket-slow
"""


def questions() -> Iterator[tuple[str, str | None, str, str]]:
    intent = ""
    for line in QUESTIONS.strip().splitlines():
        if " > " not in line:
            intent = line
            continue
        asked, entry = line.rsplit(" > ", 1)
        yield intent, SERVICES[asked[0]], asked[2:], entry


def found(intent: str, service: str | None, text: str) -> Answer:
    answer = find_answer(COMPANY, intent, service, text)
    assert isinstance(answer, Answer), answer
    return answer


# --- finding ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("intent", "service", "text", "entry"), questions())
def test_a_question_finds_its_answer(intent: str, service: str | None, text: str, entry: str) -> None:
    assert found(intent, service, text).entry_id == entry


def test_every_entry_is_reached_by_some_question() -> None:
    rows = list(questions())
    assert len(rows) >= 150 and len({text for _, _, text, _ in rows}) >= 150
    assert {entry.id for entry in COMPANY.knowledge} - {entry for *_, entry in rows} == set()


@pytest.mark.parametrize(
    ("intent", "text", "services"),
    [
        ("ask_payment", "IC卡怎么充值", ("electricity", "water", "gas")),
        ("ask_tariff", "现在多少钱", ("electricity", "water", "gas", "heat")),
    ],
)
def test_where_the_answer_depends_on_the_service_it_is_asked(intent: str, text: str, services: tuple[str, ...]) -> None:
    assert find_answer(COMPANY, intent, None, text) == Choice(services)  # type: ignore[arg-type]


def test_the_service_may_stand_in_the_text() -> None:
    assert found("ask_tariff", None, "天然气多少钱一方").entry_id == "yj-gas-res"
    assert found("ask_tariff", None, "谷时多少钱").entry_id == "yj-elec-res-tou", "only one service has such hours"


def test_the_given_service_excludes_the_others() -> None:
    assert found("apply_suspension", "water", "报停还要交百分之三十吗").entry_id == "suspend-water"


def test_where_nothing_is_written_there_is_no_answer() -> None:
    assert find_answer(COMPANY, "praise", None, "小李真不错") is None
    assert find_answer(COMPANY, "ask_bill", "electricity", "上个月多少钱") is None


def test_traditional_characters_and_capitals_are_read_alike() -> None:
    assert found("ask_payment", "gas", "燃氣卡丟了").entry_id == found("ask_payment", "gas", "燃气卡丢了").entry_id
    assert found("ask_payment", "gas", "IC卡").entry_id == found("ask_payment", "gas", "ic卡").entry_id


INTENTS = st.sampled_from([*DOMAIN["intents"], "nonsense"])
SERVICE = st.sampled_from([*SERVICES.values(), "steam"])
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from("报停电费表水气暖交退几点户号?{}[](\\\n％")).map("".join)
)


@settings(deadline=None, max_examples=300)
@given(intent=INTENTS, service=SERVICE, text=TEXTS)
def test_no_text_makes_it_fail_and_the_same_text_gets_the_same(intent: str, service: str | None, text: str) -> None:
    answer = find_answer(COMPANY, intent, service, text)
    assert answer == find_answer(COMPANY, intent, service, text)
    if isinstance(answer, Answer):
        assert answer.first + answer.more == answer.lines and 1 <= len(answer.first) <= 3
    if isinstance(answer, Choice):
        assert len(answer.services) > 1


# --- what the entries say ----------------------------------------------------------------------------------------------
ALLOWED = {"96118", "12345", "12398", "12315"}


@pytest.mark.parametrize("entry", COMPANY.knowledge, ids=lambda entry: entry.id)
def test_an_entry_is_short_and_asks_nothing(entry: Entry) -> None:
    for line in (entry.title, *entry.lines):
        assert len(LEVEL.sub("", line)) <= 40, line
        assert not re.search("工单号|请提供电话|户号是多少|[?？]$", line), line
        assert set(re.findall(r"(?<![\d.])(?:\d{5,}|\d{3,4}-\d{7,8}|400-\d+)", line)) <= ALLOWED, line
    assert set(entry.intents) <= set(DOMAIN["intents"]) & set(COMPANY.topics)
    assert not re.search("北京|上海|广东|山东|青岛|郑州|国家电网|95598|南方电网", "".join((*entry.lines, entry.source)))


def test_there_are_enough_of_them() -> None:
    assert len(COMPANY.knowledge) >= 110
    sources = {entry.source for entry in COMPANY.knowledge if entry.confidence == "law"}
    assert all(re.match("《(电力供应与使用条例|民法典|城市供水条例|城镇燃气管理条例)》", source) for source in sources)


def test_published_limits_are_filled_in_with_their_source() -> None:
    answer = found("ask_service_standard", None, "报修以后多久有人来")
    for service, line in zip(("electricity", "water", "gas", "heat"), answer.lines, strict=False):
        row = COMPANY.service_level("fault", service)
        assert line.endswith(f"：{row.says}（{row.source}）")
    complaint = COMPANY.service_level("complaint", None)
    assert f"{complaint.says}（{complaint.source}）" in found("complain", None, "我要投诉").lines
    for entry in COMPANY.knowledge:
        for line in entry.said(lambda kind, service: "…"):
            assert "{" not in line


def words(entry_id: str) -> str:
    (entry,) = [entry for entry in COMPANY.knowledge if entry.id == entry_id]
    return "\n".join(entry.lines)


def tariff_row(name: str) -> Tariff:
    return COMPANY.tariffs.versions(name)[-1]


def test_numbers_that_stand_elsewhere_too_agree() -> None:
    """Prices and dates in sentences, against company/tariffs/."""
    tou, area, metered = (tariff_row(name) for name in ("yj-elec-res-tou", "yj-heat-area", "yj-heat-metered"))
    peak, valley = tou.periods
    assert peak.told == "08:00–22:00" and "晚上10点到第二天早上8点" in words("tou-hours")
    assert peak.difference is not None and valley.difference is not None
    worth = peak.difference / (peak.difference - valley.difference)  # the share of valley usage that breaks even
    assert Decimal("0.10") < worth < Decimal("0.11") and "一成一以上" in words("tou-worth")
    assert f"每平方米{number(area.charges[0].price * 3 / 10)}元" in words("suspend-heat")
    assert f"每平方米{number(metered.charges[0].price * 3 / 10)}元" in words("suspend-heat-fee")
    assert area.season is not None and (area.season.first, area.season.last) == ("11-15", "03-15")
    assert "11月15日" in words("std-heat-season") and "3月15日" in words("std-heat-season")
    single = tariff_row("yj-elec-res")
    assert single.late_fee is not None and single.late_fee.per_day == Decimal("0.001") and "0.1%" in words("late-fee")
    assert "200度变300度，第三档还从400度起" in words("many-people-elec") and single.bounds == (200, 400)


# --- prices ------------------------------------------------------------------------------------------------------------
PRICES = {
    "电费多少钱一度": ("yj-elec-res", "第二档：每月超过200到400度的部分，每度0.588元"),
    "峰谷电价是多少": ("yj-elec-res-tou", "谷时（22:00–次日08:00）：每度0.288元"),
    "商铺电价": ("yj-elec-biz", "每度0.85元，不分档"),
    "水费阶梯怎么收": ("yj-water-res", "第一档：全年180立方米以内（含180），每立方米5元"),
    "天然气一方几块钱": ("yj-gas-res", "第三档：全年超过500立方米的部分，每立方米4.23元"),
    "暖气费一平方多少钱": ("yj-heat-area", "面积热费一个采暖季每平方米24元"),
    "按热量计量的暖气价格": ("yj-heat-metered", "计量热费每千瓦时0.16元，按热表读数算"),
    "饭店用水的水价": ("yj-water-biz", "每立方米7.5元，不分档"),
    "企业用天然气的价格": ("yj-gas-biz", "每立方米3.68元，不分档"),
    "门面供暖价格": ("yj-heat-biz", "面积热费一个采暖季每平方米36元"),
}


@pytest.mark.parametrize("text", PRICES)
def test_prices_are_composed_from_the_file(text: str) -> None:
    tariff, line = PRICES[text]
    answer = found("ask_tariff", None, text)
    row = tariff_row(tariff)
    assert (answer.entry_id, answer.source, answer.checked_on) == (tariff, row.source, row.checked_on)
    assert line in answer.first
    since = row.valid_from
    assert f"从{since.year}年{since.month}月{since.day}日起执行" in answer.lines


def test_every_price_of_a_bill_is_told() -> None:
    for row in COMPANY.tariffs.in_force("云江市", local(clock.now()).date()):
        answer = tariff_answer(COMPANY, row.service, "", row.id)
        assert isinstance(answer, Answer) and answer.entry_id == row.id
        told = set(re.findall(r"\d+(?:\.\d+)?", "".join(answer.lines)))
        bases = [tier.price for tier in row.tiers if tier.price is not None]
        prices = list(bases) if not row.periods else []
        prices += [part for tier in row.tiers for part in tier.components.values()]
        prices += [bases[0] + period.difference for period in row.periods if period.difference is not None]
        prices += [charge.price for charge in row.charges]
        assert prices and {number(price) for price in prices} <= told, row.id


def test_two_part_electricity_is_not_told_as_heat() -> None:
    charge = {"label": "基本电费", "price": "28", "per": ["kVA", "month"]}
    made = tariff_row("yj-elec-biz").model_dump(exclude={"about"}) | {"charges": [charge]}
    company = replace(COMPANY, tariffs=TariffBook([Tariff.model_validate(made)]))
    answer = tariff_answer(company, "electricity", "电价", customer_class="business")
    assert isinstance(answer, Answer)
    assert answer.lines[:2] == ("基本电费每月每千伏安28元", "每度0.85元，不分档")


def test_whose_tariff_is_known_hears_that_one_unless_another_is_asked_for() -> None:
    assert found("ask_tariff", "electricity", "我家电价多少").entry_id == "yj-elec-res"
    own = find_answer(COMPANY, "ask_tariff", "electricity", "我家电价多少", "yj-elec-res-tou")
    assert isinstance(own, Answer) and own.entry_id == "yj-elec-res-tou"
    asked = find_answer(COMPANY, "ask_tariff", "electricity", "合表电价多少", "yj-elec-res-tou")
    assert isinstance(asked, Answer) and asked.entry_id == "yj-elec-shared"
    other_service = find_answer(COMPANY, "ask_tariff", "water", "水价", "yj-elec-res-tou")
    assert isinstance(other_service, Answer) and other_service.entry_id == "yj-water-res"


def test_a_business_hears_its_own_prices() -> None:
    answer = tariff_answer(COMPANY, "electricity", "电价", customer_class="business")
    assert isinstance(answer, Answer) and answer.entry_id == "yj-elec-biz"
    unknown = tariff_answer(COMPANY, "water", "水价", "no-such-tariff")
    assert isinstance(unknown, Answer) and unknown.entry_id == "yj-water-res"
    assert tariff_answer(COMPANY, "steam", "价格") is None


# --- halls -------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo city, once for all tests."""
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('halls')}/city.db")
    Base.metadata.create_all(made.engine)
    with made.write() as session:
        city.load(session, parse_local("2026-12-09T10:00"))
    yield made
    made.dispose()


@pytest.fixture
def session(loaded: Database, set_clock: Put) -> Iterator[Session]:
    set_clock("2026-12-09T10:00")  # a Wednesday
    with Session(loaded.engine) as session:
        yield session


def hall(session: Session, text: str, district: str | None = None, service: str | None = None) -> Answer:
    answer = hall_answer(session, COMPANY, text, district, service)
    assert answer is not None
    return answer


def halls(answer: Answer) -> list[str]:
    return [line.split("：")[0] for line in answer.lines if "0600-" in line]


ALL = ["临江营业厅", "滨江营业厅", "东湖营业厅", "北山营业厅", "云溪营业厅"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("营业厅在哪", ALL),
        ("北山区的营业厅在哪", ["北山营业厅"]),
        ("阳光花园附近有营业厅吗", ["临江营业厅", "滨江营业厅"]),
        ("柳林里旁边的营业厅", ["临江营业厅", "滨江营业厅"]),
        ("湖滨路上有营业厅不", ["东湖营业厅"]),
        ("王家村去哪里办", ["云溪营业厅"]),
        ("云溪厅几点下班", ["云溪营业厅"]),
        ("滨江营业厅电话", ["滨江营业厅"]),
        ("我住松涛公寓，去哪儿办过户", ["北山营业厅"]),
    ],
)
def test_the_halls_of_a_place(session: Session, text: str, expected: list[str]) -> None:
    assert halls(hall(session, text)) == expected


def test_a_hall_is_told_with_address_phone_and_hours(session: Session) -> None:
    line = "临江营业厅：人民路102号，0600-8600101，周一至周五 08:30–17:30，周六 09:00–16:00"
    assert line in hall(session, "临江营业厅在哪").first
    assert halls(hall(session, "最近的营业厅", district="东湖区")) == ["东湖营业厅"]


def test_what_a_hall_does_not_handle_is_said(session: Session) -> None:
    assert "滨江营业厅不办供暖" in hall(session, "滨江家园附近的营业厅").lines
    answer = hall(session, "云溪县哪里办燃气")
    assert "云溪营业厅不办燃气" in answer.first
    assert any(line.startswith("燃气请到：临江营业厅（人民路102号）") for line in answer.first)
    assert halls(hall(session, "暖气业务在哪个营业厅办"))[:3] == ["临江营业厅", "东湖营业厅", "北山营业厅"]


@pytest.mark.parametrize(
    ("now", "text", "says"),
    [
        ("2026-10-02T09:00", "营业厅在哪", "10月2日（周五）是节假日"),
        ("2026-10-03T09:00", "营业厅在哪", "10月3日（周六）是节假日"),
        ("2026-09-29T09:00", "国庆开门吗", "10月1日（周四）是节假日"),
        ("2026-12-09T09:00", "元旦营业厅开门不", "1月1日（周五）是节假日"),
        ("2026-10-08T09:00", "周六上班吗", "10月10日（周六）是调休的工作日"),
        ("2026-12-09T09:00", "周日哪个营业厅开门", "12月13日（周日）开门的有：东湖营业厅"),
        ("2026-12-09T09:00", "北山营业厅周六开吗", "12月12日（周六）这里不开门"),
    ],
)
def test_holidays_and_weekends(session: Session, set_clock: Put, now: str, text: str, says: str) -> None:
    set_clock(now)
    first = hall(session, text).first[0]
    assert first.startswith(says), first
    assert ("96118" in first) == ("节假日" in says or "调休" in says)


@pytest.mark.parametrize(("now", "text"), [("2026-12-09T09:00", "营业厅在哪"), ("2026-12-12T09:00", "营业厅在哪")])
def test_an_ordinary_day_needs_no_remark(session: Session, set_clock: Put, now: str, text: str) -> None:
    set_clock(now)
    assert "营业厅：" in hall(session, text).first[0]


def test_weekdays_of_opening_hours() -> None:
    assert open_weekdays("周一至周五 08:30–17:30，周六 09:00–16:00") == {0, 1, 2, 3, 4, 5}
    assert open_weekdays("周一至周日 08:30–17:30") == set(range(7))
    assert open_weekdays("全天") == set()


def test_without_halls_there_is_no_answer(database: Database) -> None:
    with database.write() as session:
        assert hall_answer(session, COMPANY, "营业厅在哪") is None


def test_an_enquiry_goes_where_its_answer_is(session: Session) -> None:
    nearest = enquire(session, COMPANY, "ask_hall", None, "最近的营业厅在哪", district="北山区")
    assert isinstance(nearest, Answer) and nearest.title == "北山营业厅"
    price = enquire(session, COMPANY, "ask_tariff", "electricity", "电价", tariff_id="yj-elec-res-tou")
    assert isinstance(price, Answer) and price.entry_id == "yj-elec-res-tou"
    assert enquire(session, COMPANY, "praise", None, "不错") is None


def test_hall_answers_survive_any_text(session: Session) -> None:
    session.add(Hall(name="一号厅", district="", address="无", phone="无", hours="", services=[]))
    for text in ("", "%", "_", "'; drop table hall", "🙂" * 50, "1" * 500, "周", "国庆国庆", "路", "\x00"):
        assert hall(session, text).lines


# --- broken files --------------------------------------------------------------------------------------------------------
GOOD = """- id: one
  intents: [ask_payment]
  title: 一
  lines:
    - 第一行
    - "{level:fault:water}"
  source: 某规定
  checked_on: 2026-11-21
  confidence: company
"""
CASES = {
    "unknown intent": ("ask_payment", "ask_paymant", 2, "ask_paymant"),
    "no intent": ("[ask_payment]", "[]", 2, "intents"),
    "unknown service": ("  title", "  service: steam\n  title", 3, "service"),
    "empty line": ("第一行", '" "', 5, "lines.0"),
    "no lines": ("lines:\n    - 第一行\n    - ", "lines: []\n  linez: ", 4, "lines"),
    "long line": ("第一行", "长" * 61, 4, "longer than 60"),
    "pattern": ("  title", "  about: [好, '(坏']\n  title", 3, "not a regular expression"),
    "pattern for everything": ("  title", "  about: ['好?']\n  title", 3, "fits every sentence"),
    "no such day": ("2026-11-21", "2026-11-31", 8, "checked_on"),
    "unknown kind of limit": ("level:fault", "level:foult", 4, "no published limit"),
    "limit of an unknown service": ("fault:water", "fault:steam", 4, "no published limit"),
    "other braces": ("{level:fault:water}", "{phone}", 4, "words in braces"),
    "a stray brace": ("第一行", '"第一行}"', 4, "words in braces"),
    "confidence": ("company\n", "sure\n", 9, "confidence"),
    "unknown key": ("  title", "  titel", 3, "titel"),
    "no source": ("source: 某规定", 'source: ""', 7, "source"),
    "not a list": ("- id: one\n", "- 5\n- id: one\n", 1, "dictionary"),
    "not YAML": ("[ask_payment]", "[ask_payment", 3, "not valid YAML"),
}


def problems(folder: Path) -> list[str]:
    with pytest.raises(DataProblem) as caught:
        load_knowledge(folder, {"ask_payment"})
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


@pytest.mark.parametrize("case", CASES)
def test_a_broken_entry_is_named_with_file_line_and_reason(tmp_path: Path, case: str) -> None:
    old, new, line, reason = CASES[case]
    (tmp_path / "knowledge").mkdir()
    file = tmp_path / "knowledge" / "a.yml"
    file.write_text(GOOD, encoding="utf-8")
    assert [entry.id for entry in load_knowledge(tmp_path, {"ask_payment"})] == ["one"]
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    told = problems(tmp_path)
    assert any(re.match(rf"knowledge/a\.yml:{line}: (.|\n)*{re.escape(reason)}", problem) for problem in told), told


def test_an_id_in_two_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    for name in ("a", "b"):
        (tmp_path / "knowledge" / f"{name}.yml").write_text(GOOD, encoding="utf-8")
    (told,) = problems(tmp_path)
    assert told.startswith("knowledge/b.yml:1: id one is written twice (first at ") and "a.yml:1" in told


def test_a_company_without_answers_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path) == ["knowledge:1: no file with answers (*.yml)"]


def test_the_shipped_files_are_whole(company: CompanyData) -> None:
    assert [entry.id for entry in company.knowledge] == [entry.id for entry in COMPANY.knowledge]
