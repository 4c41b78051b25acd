"""What the assistant finished without a person, honestly counted: every talk has exactly one ending."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.reports import names
from kefu.reports.parts import EVERYTHING, Period, Report, Row, Scope, Table, count, percent, share, text
from kefu.reports.talks import endings

ENDINGS = {
    "alone": "智能客服独立办完",
    "back_later": "24–72小时内为同一件事又来",
    "back_soon": "24小时内为同一件事又来",
    "partly": "智能客服受理，由人办完",
    "handed_over": "转给人工",
    "left": "问到一半客户离开",
    "misread": "没听懂，客户离开",
    "watched": "还没过72小时，暂不下结论",
}
ASIDE = {"no_matter": "只打招呼或闲聊", "no_record": "没有记录可判断", "open": "还在进行"}
NO_PERSON = ("alone", "back_later", "back_soon", "left", "misread", "watched")
Found = dict[tuple[str, int], int]  # how many talks, by ending and whether LATER has passed
NOTES = (
    "一次对话＝同一客户相邻两条消息不超过2小时；按开始时间归期。每次对话只有一种结果，按表后所列先后取第一个符合的。",
    "独立办完＝没有转人工、没有约回电、没有留下要人办的工单（全由系统办完的工单不算）、最后一句有了答复，"
    "而且客户没有在72小时内为同一件事（或以投诉、找人工）再来。",
    "先后：转人工、由人办完、没有记录、没有事由、没听懂离开、问到一半离开、又来、暂不下结论、独立办完。",
    "不知道的：客户改打电话、去营业厅，或换一个渠道、账号再来，这里看不到；听懂而答错、客户没有再说的，这里算办完；"
    "“同一件事”按听成的意图判断，听错会算错。",
)
RATE_NOTES = (
    "自助办结率＝独立办完÷满72小时的有事由的对话（没满的，不管什么结果都先不算，免得偏低）；未转人工率（分流）＝没有用到人的÷有事由的对话，含没听懂和离开的，所以不等于办成。",
)


def containment(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """Talks that began in the period, by how they ended and by channel; `scope` is not looked at."""
    now = clock.now()
    found: dict[str, Found] = {}
    for channel, ending, ripe, n in session.execute(endings(company, period, int(now.timestamp()))):
        found.setdefault(channel, {})[ending, ripe] = n
    whole: Found = {}
    for one in found.values():
        for key, n in one.items():
            whole[key] = whole.get(key, 0) + n
    tables = [_endings(whole), _rates(found, whole)]
    return Report("containment", "智能客服办结与分流", {}, now, tables)


def _endings(whole: Found) -> Table:
    totals = {key: _n(whole, (key,)) for key in (*ENDINGS, *ASIDE)}
    with_matter = sum(totals[key] for key in ENDINGS)
    rows: list[Row] = [
        {"ending": title, "n": totals[key], "share": share(totals[key], with_matter)} for key, title in ENDINGS.items()
    ]
    rows += [{"ending": f"{title}（不计入占比）", "n": totals[key], "share": None} for key, title in ASIDE.items()]
    columns = (text("ending", "结果"), count("n", "对话"), percent("share", "占有事由的对话"))
    return Table("对话的结果", columns, rows, {"n": sum(totals.values()), "share": None}, NOTES, "n")


def _rates(found: dict[str, Found], whole: Found) -> Table:
    rows = [{"channel": names.called(names.CHANNELS, key), **_rated(one)} for key, one in sorted(found.items())]
    columns = (
        text("channel", "渠道"), count("talks", "对话"), count("matters", "有事由"), count("ripe", "其中满72小时"),
        count("alone", "独立办完"), percent("contained", "自助办结率"), count("alone_24", "独立办完（只看24小时）"),
        percent("contained_24", "自助办结率（只看24小时）"), count("no_person", "没有用到人"), percent("deflected", "未转人工率"),
    )  # fmt: skip
    return Table("自助办结率与分流", columns, rows, _rated(whole), RATE_NOTES)


def _n(found: Found, endings: Iterable[str], ripe: Iterable[int] = (0, 1)) -> int:
    return sum(found.get((ending, age), 0) for ending in endings for age in ripe)


def _rated(found: Found) -> Row:
    matters, ripe = _n(found, ENDINGS), _n(found, ENDINGS, (1,))
    alone, alone_24 = _n(found, ("alone",), (1,)), _n(found, ("alone", "back_later"), (1,))
    no_person = _n(found, NO_PERSON)
    return {
        "talks": sum(found.values()), "matters": matters, "ripe": ripe,
        "alone": alone, "contained": share(alone, ripe),
        "alone_24": alone_24, "contained_24": share(alone_24, ripe),
        "no_person": no_person, "deflected": share(no_person, matters),
    }  # fmt: skip
