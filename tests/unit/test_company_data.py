"""The company's own files: broken ones are refused with file, line and reason; the shipped ones fit the assistant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.clock import SHANGHAI, local
from kefu.company.calendar import add_working_days, is_published, is_working_day, next_working_window
from kefu.company.data import CompanyData, load_company
from kefu.company.promises import Told, promise
from kefu.company.yaml_lines import DataProblem
from tests.dialogue.house import broken_rules
from tests.support.company import SHIPPED, Break

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = tuple(sorted(file.stem for file in SHIPPED.glob("*.yml")))
SERVICES = ("electricity", "water", "gas", "heat")
KINDS = ("fault", "emergency", "dispute", "complaint", "application", "enquiry", "opinion")
CLASSES = (None, "urban", "rural", "remote")


def load(*parts: str) -> Any:
    return yaml.safe_load(ROOT.joinpath(*parts).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def shipped() -> CompanyData:
    return load_company(SHIPPED)


# --- broken files ----------------------------------------------------------------------------------------------------


def line_of(name: str, words: str) -> int:
    lines = (SHIPPED / f"{name}.yml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


CASES = {
    "unknown key": ("company", "hotline:", "hotlime:", "hotlime"),
    "wrong number": ("company", '"96118"  ', '"call us"  ', "hotline"),
    "unknown service": ("company", "[electricity, water,", "[electricity, steam,", "services"),
    "phone of an unknown service": ("company", '  gas: "96118"', '  gaz: "96118"', "emergency_phones"),
    "no time": ("company", '"08:30"', '"early"', "hours.open"),
    "too many steps": ("safety", "  steps:\n", "  steps:\n    - 一\n    - 二\n    - 三\n", "self_harm_gas.steps"),
    "no steps": ("safety", "  never: 别留在屋里，别再点火\n  steps:", "  never: 别留\n  stepz:", "co.step"),
    "two limits": ("service_levels", "{minutes: 90}", "{minutes: 90, hours: 1}", "exactly one"),
    "no limit": ("service_levels", "{minutes: 90}", "{}", "exactly one"),
    "limit in words": ("service_levels", "{minutes: 90}", "{minutes: soon}", "minutes"),
    "a limit behind one that swallows it": (
        "service_levels",
        "- {what: arrival, kind: emergency, within: {minutes: 90}",
        "- {what: arrival, kind: emergency, area_class: urban, within: {minutes: 90}",
        "never reached",
    ),
    "an average told as a promise": ("service_levels", "后平均3小时", "后3小时", "平均"),
    "an average arrival": (
        "service_levels",
        "what: arrival, kind: fault",
        "what: arrival, average: true, kind: fault",
        "average",
    ),
    "a limit of no topic": ("service_levels", "category: report_facility", "category: report_leak", "report_leak"),
    "no day of the year": ("service_levels", "first: 11-15", "first: 02-30", "season"),
    "no priority": ("service_levels", "urban, priority: high", "urban, priority: top", "priority"),
    "a word that fits all": ("vulnerable", "  - 透析|腹透|血透|尿毒症", "  - 透析|", "fits every"),
    "advice for no service": ("vulnerable", "    electricity: 先换上", "    power: 先换上", "advice"),
    "a topic nobody has": ("vulnerable", "asked: {topics: [report_outage]", "asked: {topics: [outage]", "outage"),
    "unknown class": ("service_levels", "area_class: rural", "area_class: suburb", "area_class"),
    "unknown form": ("topics", "form: emergency_form", "form: emergency", "report_emergency.form"),
    "urgency": ("topics", "urgency: 3", "urgency: 4", "report_emergency.urgency"),
    "unknown kind": ("topics", "kind: dispute", "kind: quarrel", "kind"),
    "no such day": ("holidays", "day: 2027-01-01", "day: 2027-01-32", "closed.0.day"),
    "an intent without a topic": ("knowledge/payment", "[ask_payment]", "[ask_paiment]", "ask_paiment"),
    "a limit nobody published": (
        "knowledge/standards",
        "{level:fault:electricity}",
        "{level:fault:light}",
        "no published",
    ),
    "a point nobody checks": ("relief", "our_fault: true, at_most", "our_error: true, at_most", "our_error"),
    "a sum as a number": ("relief", 'at_most_yuan: "200"', "at_most_yuan: 200.5", "in quotes"),
    "a name nobody fills in": ("relief", "{amount}元已经给您全免了", "{sum}元已经给您全免了", "sum"),
    "an unknown wish": ("relief", "wish: waive_late_fee", "wish: waive_fee", "wish"),
    "no time to be credited": ("payments", "{minutes: 30}", "{}", "exactly one"),
    "an endless cut": ("reconnection", "hours: 24", "hours: 0", "hours"),
    "a price as a number": ("tariffs/yunjiang", '"0.5380"', "0.5380", "in quotes"),
    "an invoice nobody knows": ("invoices", "  special:", "  pink:", "kinds"),
    "a need nobody can ask for": ("invoices", "needs: [title]", "needs: [fax]", "needs"),
    "a spread as a number": ("metering", 'spread: "0.5"', "spread: 0.5", "in quotes"),
    "a window that ends first": ("metering", "  first: 25", "  first: 32", "window"),
    "an unknown name in a reason": ("metering", "表数{value}和", "表数{number}和", "unknown names"),
    "a change written twice": ("tariff_changes", "- id: tou-off", "- id: tou-on", "written twice"),
    "a change nobody may have": (
        "tariff_changes",
        "  classes: [resident]\n  tariffs: [yj-elec-res]",
        "  classes: []",
        "classes",
    ),
    "missing text": ("texts", "too_long:", "too_lang:", "too_l"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_row_is_named_with_file_line_and_reason(broken: Break, case: str) -> None:
    name, old, new, part = CASES[case]
    problems = broken(name, old, new)
    told = [re.fullmatch(rf"{name}\.yml:(\d+): (.+)", problem, re.DOTALL) for problem in problems]
    assert all(told), problems
    assert any(part in match.group(2) for match in told if match)
    whole = (SHIPPED / f"{name}.yml").read_text(encoding="utf-8")
    changed = whole[: whole.index(old)].count("\n") + 1
    assert any(abs(int(match.group(1)) - changed) <= 1 for match in told if match) or case == "missing text", problems


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    names = (*FILES, "knowledge/payment", "tariffs/yunjiang")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.yml").write_text("nonsense: 1\n")
    with pytest.raises(DataProblem) as caught:
        load_company(tmp_path)
    named = {problem.split(":")[0] for problem in caught.value.problems}
    assert named == {f"{tmp_path}/{name}.yml" for name in names}
    assert str(caught.value) == "\n".join(caught.value.problems)


@pytest.mark.parametrize("content", ["", "[]", "null", "just words", "5", "? {a: b}\n: c"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_shape_is_refused(broken: Break, name: str, content: str) -> None:
    assert broken(name, "", content)[0].startswith(f"{name}.yml:1: ")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(broken: Break, tmp_path: Path, name: str) -> None:
    broken("company", "hotline:", "hotlime:")
    (tmp_path / f"{name}.yml").unlink()
    with pytest.raises(DataProblem, match=rf"{name}\.yml:1: file is missing"):
        load_company(tmp_path)


def test_broken_yaml_is_named_with_its_line(broken: Break) -> None:
    (problem,) = broken("texts", "too_long: 这", 'too_long: "这')
    told = re.match(r"texts\.yml:(\d+): not valid YAML", problem)
    assert told and int(told[1]) >= line_of("texts", "too_long"), "a quote that is never closed ends with the file"
    assert f"line {line_of('texts', 'too_long')}," in problem


def test_a_file_in_another_encoding_is_named(tmp_path: Path, broken: Break) -> None:
    broken("company", "hotline:", "hotlime:")
    (tmp_path / "texts.yml").write_bytes("notice: 我是".encode("gb18030"))
    with pytest.raises(DataProblem, match=r"texts\.yml:1: not valid YAML"):
        load_company(tmp_path)


CROSS = {
    "the last limit must fit all": ("service_levels", "- {within:", "- {kind: opinion, within:", "must fit everything"),
    "nobody in general": ("vulnerable", "  general: true\n", "", "exactly one kind is general"),
    "a kind written twice": ("vulnerable", "- id: infant", "- id: oxygen", "written twice"),
    "no general script": ("safety", "\ngeneral:", "\ngenerally:", "general"),
    "no script for a service": ("safety", "\nheat:", "\nheating:", "heat"),
    "a service that never comes back": ("reconnection", "service: water", "service: gas", "each service"),
    "a doubt left out": ("disputes", "  tier: 阶梯算得不对\n", "", "tier"),
    "a price nobody has": ("tariff_changes", "to: yj-elec-res-tou", "to: yj-elec-res-tuo", "yj-elec-res-tuo"),
    "no topic for the rest": ("topics", "\nother:", "\nothers:", "other"),
}


@pytest.mark.parametrize("case", CROSS)
def test_what_must_be_there_is_missed(broken: Break, case: str) -> None:
    name, old, new, part = CROSS[case]
    problems = broken(name, old, new)
    assert any(problem.startswith(f"{name}.yml:") and part in problem for problem in problems)


@pytest.mark.parametrize(
    ("name", "old", "new", "part"),
    [
        ("relief", "  our_fault: 账上没查到是我们的原因造成的逾期\n", "", "our_fault"),
        ("relief", "  - id: waive-ask\n", "  - id: waive-first\n", "twice"),
        ("relief", "  hardship: 困难家庭减免\n", "", "hardship"),
        ("payments", "channels: [], within", "channels: [银行], within", "fit everything"),
        ("payments", "offers: {prepay: 留在账上抵下一期账单, ", "offers: {", "prepay"),
    ],
    ids=str,
)
def test_rules_of_money_are_complete(broken: Break, name: str, old: str, new: str, part: str) -> None:
    problems = broken(name, old, new)
    assert any(problem.startswith(f"{name}.yml:") and part in problem for problem in problems), problems


@pytest.mark.parametrize("name", load("company", "texts.yml"))
def test_a_text_with_an_unknown_placeholder_is_refused(broken: Break, name: str) -> None:
    """It would fail when it is needed: an unanswered customer, at the worst with danger."""
    problems = broken("texts", f"\n{name}: ", f"\n{name}: 请拨 {{fone}}。")
    assert problems[0].startswith(f"texts.yml:{line_of('texts', f'{name}: ')}: ")


@pytest.mark.parametrize("stray", ["{", "}", "{}", "{0}"])
def test_a_text_with_a_stray_brace_is_refused(broken: Break, stray: str) -> None:
    assert broken("texts", "empty: ", f"empty: 您好{stray}，")[0].startswith(
        f"texts.yml:{line_of('texts', 'empty: ')}: "
    )


def with_hours(open_: str, close: str) -> str:
    """The whole company file with other hours, written as given."""
    text = (SHIPPED / "company.yml").read_text(encoding="utf-8")
    return text.replace('"08:30"', open_).replace('close: "17:30"', f"close: {close}")


@pytest.mark.parametrize(
    ("open_", "close"), [('"17:30"', '"08:30"'), ('"08:30"', '"09:00"'), ('"08:30"', '"08:30"')], ids=str
)
def test_hours_without_an_hour_in_them_are_refused(broken: Break, open_: str, close: str) -> None:
    """No callback would ever fit in: the search for the next one never ends."""
    assert "hours" in broken("company", "", with_hours(open_, close))[0]


def test_hours_without_quotes_are_read_as_meant_or_refused(broken: Break, tmp_path: Path) -> None:
    """To YAML 17:30 is 17 × 60 + 30; as seconds that would be a quarter past midnight."""
    broken("company", "hotline:", "hotlime:")
    (tmp_path / "company.yml").write_text(with_hours('"08:30"', "17:30"), encoding="utf-8")
    try:
        hours = load_company(tmp_path).company.hours
    except DataProblem as problem:
        assert "hours" in str(problem)
    else:
        assert hours.close == time(17, 30)


@pytest.mark.parametrize("within", ["{minutes: -45}", "{hours: -1}", "{working_days: -5}", "{minutes: 0}"])
def test_a_limit_that_has_passed_before_it_starts_is_refused(broken: Break, within: str) -> None:
    assert "within" in broken("service_levels", "{minutes: 90}", within)[0]


@pytest.mark.parametrize("phone", ['""', '"the usual one"', "null"])
def test_an_emergency_phone_that_cannot_be_dialled_is_refused(broken: Break, phone: str) -> None:
    assert "emergency_phones" in broken("company", '  gas: "96118"', f"  gas: {phone}")[0]


def test_a_row_written_twice_is_refused(broken: Break) -> None:
    """YAML itself would silently keep only the last."""
    row = "ask_bill:           {form: enquiry_form, urgency: 1, label: 又一次, kind: enquiry}\n"
    (problem,) = broken("topics", "explain_bill:", row + "explain_bill:")
    assert problem.startswith("topics.yml:") and "ask_bill" in problem


# --- the shipped files and the assistant -----------------------------------------------------------------------------
DOMAIN = load("domain.yml")
RULES = [rule for file in sorted((ROOT / "data" / "rules").glob("*.yml")) for rule in load(str(file))["rules"]]
WANTS = {"action_take_up", "action_ticket_matter", "action_emergency"}
TALKS = {"action_small_talk", "action_answer", "action_cancel"}


def handlers() -> dict[str, list[str]]:
    """The action of every intent's rule."""
    found: dict[str, list[str]] = {intent: [] for intent in DOMAIN["intents"]}
    for rule in RULES:
        intents = [step["intent"] for step in rule["steps"] if "intent" in step]
        for intent in intents:
            found[intent] += [step["action"] for step in rule["steps"] if "action" in step]
    return found


def test_the_shipped_company_is_valid() -> None:
    company = shipped()
    assert set(company.company.services) == set(SERVICES)
    for name in type(company.texts).model_fields:
        said = company.text(name, limit=2000, number="BX20261209001", what="报修", code="123456", minutes=5)
        assert said.strip() and "{" not in said
    for danger in (*company.safety, None):
        for service in (*SERVICES, None):
            assert company.company.hotline in company.safety_text(danger, service)


@pytest.mark.parametrize("intent", DOMAIN["intents"])
def test_every_intent_has_a_topic_or_is_small_talk(intent: str) -> None:
    actions = handlers()[intent]
    assert len(actions) == 1, "exactly one rule answers an intent"
    assert (intent in shipped().topics) == (actions[0] in WANTS)
    assert actions[0] in WANTS | TALKS
    if actions[0] == "action_small_talk" and intent != "repeat":
        assert f"utter_{intent}" in DOMAIN["responses"]


def test_every_topic_is_an_intent_and_its_form_exists() -> None:
    topics = shipped().topics
    assert set(topics) - {"other"} <= set(DOMAIN["intents"])
    assert {topic.form for topic in topics.values()} <= set(DOMAIN["forms"])
    assert topics["report_emergency"].urgency > max(t.urgency for n, t in topics.items() if n != "report_emergency")


def test_every_fault_topic_can_be_said_in_words() -> None:
    (words,) = (value for tree in action_trees() for value in assigned(tree, "WHAT"))
    assert set(words) == {name for name, topic in shipped().topics.items() if topic.form == "fault_form"}
    assert all(set(by_service) == set(SERVICES) for by_service in words.values())


def assigned(tree: ast.Module, name: str) -> Iterator[Any]:
    """The literal given to a name at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", None) for target in node.targets] == [name]:
            yield ast.literal_eval(node.value)


def test_every_danger_has_its_safety_script_and_every_script_its_danger() -> None:
    dangers = load("data", "lexicon", "danger.yml")["kinds"]
    closer = {name for name, script in shipped().safety.items() if script.of}
    assert set(shipped().safety) - {"general", *SERVICES, *closer} <= set(dangers) <= set(shipped().safety)
    for kind, row in dangers.items():
        assert shipped().safety[kind].service == row.get("service"), kind


# --- actions and domain ------------------------------------------------------------------------------------------------
def constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@lru_cache(maxsize=1)
def action_trees() -> list[ast.Module]:
    return [ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "actions").glob("*.py"))]


def named_in_actions(pattern: str) -> set[str]:
    return {text for tree in action_trees() for text in constants(tree) if re.fullmatch(pattern, text)}


def small_talk() -> set[str]:
    return {f"utter_{i}" for i, actions in handlers().items() if actions == ["action_small_talk"] and i != "repeat"}


def test_every_response_used_exists_and_every_one_that_exists_is_used() -> None:
    used = named_in_actions(r"utter_\w*[a-z]") | small_talk()
    assert used - set(DOMAIN["responses"]) == set(), "used, but not in domain.yml"
    assert set(DOMAIN["responses"]) - used == set(), "in domain.yml, but said nowhere"


def test_every_form_and_slot_used_exists() -> None:
    assert named_in_actions(r"(?!utter_)\w+_form") <= set(DOMAIN["forms"])
    required = {slot for form in DOMAIN["forms"].values() for slot in form["required_slots"]}
    assert required <= set(DOMAIN["slots"])
    asked = {node.args[0].value for node in calls("slot") if node.args and isinstance(node.args[0], ast.Constant)}
    assert asked - {"requested_slot"} <= set(DOMAIN["slots"])


def test_every_action_exists_on_both_sides() -> None:
    written = named_in_actions(r"action_\w+") - {"action_listen"}
    assert written == set(DOMAIN["actions"])
    asks = {f"action_ask_{form}_{slot}" for form, row in DOMAIN["forms"].items() for slot in row["required_slots"]}
    assert asks <= written, "a slot nobody asks for"
    in_rules = {step["action"] for rule in RULES for step in rule["steps"] if "action" in step}
    assert in_rules <= written | set(DOMAIN["forms"])


def calls(name: str) -> Iterator[ast.Call]:
    for tree in action_trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield node


def said() -> Iterator[tuple[str, set[str]]]:
    """Every response said by name, with the values given to it (`**rest` cannot be judged and is left out)."""
    for call in calls("say"):
        given = {keyword.arg for keyword in call.keywords}
        if None not in given and call.args:
            for text in constants(call.args[0]):
                if text in DOMAIN["responses"]:
                    yield text, {str(name) for name in given} | {"assistant"}


def test_every_placeholder_is_given_its_value() -> None:
    for response, values in said():
        for variant in DOMAIN["responses"][response]:
            assert set(re.findall(r"{(\w+)}", variant["text"])) <= values, response


def test_small_talk_needs_no_values_but_the_assistants_name() -> None:
    for response in small_talk():
        for variant in DOMAIN["responses"][response]:
            assert set(re.findall(r"{(\w+)}", variant["text"])) <= {"assistant"}, response


# --- working days ------------------------------------------------------------------------------------------------------
# The State Council's notice on the holidays of 2026 (November 2025), written out by hand.
def _days(*spans: tuple[int, int, int]) -> set[date]:
    return {date(2026, month, day) for month, first, last in spans for day in range(first, last + 1)}


OFF = _days((1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7))
MADE_UP = _days((1, 4, 4), (2, 14, 14), (2, 28, 28), (5, 9, 9), (9, 20, 20), (10, 10, 10))


def works(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in OFF)


def test_every_day_of_2026_is_as_the_state_council_says() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [day for day in days if is_working_day(day, shipped()) != works(day)] == []
    assert all(is_published(day, shipped()) for day in days)


@pytest.mark.parametrize(
    ("day", "working"),
    [((2026, 10, 10), True), ((2026, 10, 1), False), ((2026, 10, 7), False), ((2026, 10, 8), True)]
    + [((2026, 10, 11), False), ((2026, 9, 20), True), ((2026, 2, 14), True), ((2027, 1, 1), False)],
)
def test_days_people_get_wrong(day: tuple[int, int, int], working: bool) -> None:
    assert is_working_day(date(*day), shipped()) == working


def test_the_companys_file_beats_the_library(tmp_path: Path) -> None:
    copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    own = "closed: [{day: 2026-11-23, why: 店庆}]\nopen: [{day: 2026-10-01, why: 值守}]\n"
    (tmp_path / "holidays.yml").write_text(own, encoding="utf-8")
    company = load_company(tmp_path)
    assert not is_working_day(date(2026, 11, 23), company) and is_working_day(date(2026, 10, 1), company)


def test_five_working_days_over_the_national_holiday() -> None:
    start = datetime(2026, 9, 30, 12, tzinfo=SHANGHAI)
    assert add_working_days(start, 5, shipped()) == datetime(2026, 10, 13, 17, 30, tzinfo=SHANGHAI)
    first_hours_of_october = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)  # 00:30 on the 1st in Shanghai
    assert add_working_days(first_hours_of_october, 1, shipped()) == datetime(2026, 10, 8, 17, 30, tzinfo=SHANGHAI)


# --- promises ----------------------------------------------------------------------------------------------------------
ROWS = load("company", "service_levels.yml")
TOPICS = (None, "report_outage", "report_quality", "report_facility", "complain")


def slow_row(asked: dict[str, Any], since: datetime) -> dict[str, Any]:
    """The first row of the file, of arrival or reply, that says nothing else than what is asked."""
    here = since.astimezone(SHANGHAI)
    for row in ROWS:
        if row.get("what", "reply") not in ("arrival", "reply"):
            continue
        if any(row.get(key) not in (None, asked.get(key)) for key in ("kind", "service", "category", "priority")):
            continue
        if row.get("area_class") not in (None, asked.get("area_class")):
            continue
        if "hours" in row and not row["hours"]["start"] <= here.strftime("%H:%M") < row["hours"]["end"]:
            continue
        if "season" in row and not row["season"]["first"] <= here.strftime("%m-%d") <= row["season"]["last"]:
            continue
        return dict(row)
    raise AssertionError("no row fits")


def slow_due(row: dict[str, Any], since: datetime) -> datetime:
    """Minute by minute, day by day."""
    within = row["within"]
    moment = since.astimezone(SHANGHAI)
    if "working_days" not in within:
        for _ in range(within.get("minutes", 0) + 60 * within.get("hours", 0)):
            moment = (moment.astimezone(UTC) + timedelta(minutes=1)).astimezone(SHANGHAI)
        return moment
    after = [moment.date() + timedelta(days=n) for n in range(1, 60)]
    last = [day for day in after if works(day)][within["working_days"] - 1]
    return datetime(last.year, last.month, last.day, 17, 30, tzinfo=SHANGHAI)


EDGES = (datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-15"))
MOMENTS = st.datetimes(*EDGES, timezones=st.just(UTC))


@settings(deadline=None, max_examples=300)
@given(
    kind=st.sampled_from(KINDS),
    service=st.sampled_from((None, *SERVICES)),
    where=st.sampled_from(CLASSES),
    category=st.sampled_from(TOPICS),
    priority=st.sampled_from((None, "normal", "high")),
    since=MOMENTS,
)
def test_promises_agree_with_a_slow_calculation(
    kind: str, service: str | None, where: str | None, category: str | None, priority: str | None, since: datetime
) -> None:
    asked = {"kind": kind, "service": service, "area_class": where, "category": category, "priority": priority}
    row = slow_row(asked, since)
    made = promise(shipped(), kind, service, where, since, category=category, priority=priority)
    assert made.due_at == slow_due(row, since) and made.due_at > since
    assert (made.says, made.source) == (row["says"], row["source"])


def test_first_comes_sooner_and_a_mild_area_is_no_later() -> None:
    """Of the same fault: priority never makes it later, and nowhere is it later than where we do not know the place."""
    since = datetime(2026, 12, 9, 10, tzinfo=SHANGHAI)
    for service in SERVICES:
        for category in TOPICS[1:4]:
            for where in CLASSES:
                made = promise(shipped(), "fault", service, where, since, category=category)
                first = promise(shipped(), "fault", service, where, since, category=category, priority="high")
                unknown = promise(shipped(), "fault", service, None, since, category=category)
                assert first.due_at <= made.due_at <= unknown.due_at


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.get('kind')}-{row.get('service')}-{row['says'][:12]}")
def test_every_published_limit_says_its_own_figure(row: dict[str, Any]) -> None:
    """That every row can be reached is checked at load."""
    assert row["source"].strip()
    (unit, figure), *_ = row["within"].items()
    said = {str(figure), str(figure * 60)} if unit == "hours" else {str(figure), str(figure / 60).removesuffix(".0")}
    assert any(re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", row["says"]) for number in said), row["says"]
    assert broken_rules(f"{row['says']}（{row['source']}）") == [], "no repair time that nobody gave"


def test_restoration_is_told_beside_the_arrival_and_an_average_as_one() -> None:
    since = datetime(2026, 12, 9, 10, tzinfo=SHANGHAI)
    made = promise(shipped(), "fault", "electricity", "rural", since, category="report_outage")
    usual, latest = made.restored
    assert "平均4小时" in usual.says and "以现场为准" in usual.says and "24小时" in latest.says
    both = f"{made.says}；{usual.says}"
    assert made.source == usual.source and made.with_restoration() == Told(both, usual.source), "one source, told once"
    assert made.with_restoration(2) == Told(f"{both}（{usual.source}）；{latest.says}", latest.source)
    gas = promise(shipped(), "fault", "gas", "urban", since, category="report_outage")
    assert gas.restored == () and gas.with_restoration().says == gas.says, "nobody has promised a repair time"
    assert promise(shipped(), "fault", "electricity", "urban", since, category="report_quality").restored == ()


@pytest.mark.parametrize(
    ("at", "minutes"),
    [("2026-12-09T06:59", 90), ("2026-12-09T07:00", 60), ("2026-12-09T21:59", 60), ("2026-12-09T22:00", 90)],
)
def test_water_at_night_takes_longer(at: str, minutes: int) -> None:
    since = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    assert promise(shipped(), "fault", "water", "urban", since).due_at == since + timedelta(minutes=minutes)


@pytest.mark.parametrize(("day", "hours"), [("11-14", 2), ("11-15", 5), ("11-24", 5), ("11-25", 2)])
def test_the_first_days_of_heating_take_longer(day: str, hours: int) -> None:
    since = datetime.fromisoformat(f"2026-{day}T12:00").replace(tzinfo=SHANGHAI)
    made = promise(shipped(), "fault", "heat", "urban", since, category="report_quality")
    assert made.due_at == since + timedelta(hours=hours)


def test_a_promise_into_an_unpublished_year_says_so() -> None:
    since = datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)
    made = promise(shipped(), "complaint", None, None, since)
    assert made.due_at == datetime(2027, 1, 7, 17, 30, tzinfo=SHANGHAI), "1 to 3 January are in the company's file"
    assert "2027年放假安排尚未公布" in made.source
    assert "2027" not in promise(shipped(), "complaint", None, None, since - timedelta(days=14)).source
    assert "尚未公布" not in promise(shipped(), "fault", "water", None, since + timedelta(days=60)).source


# --- when people can call back -----------------------------------------------------------------------------------------
def fits(moment: datetime) -> bool:
    """A call can begin now and has an hour."""
    here = local(moment)
    opens, ends = here.replace(hour=8, minute=30, second=0, microsecond=0), here.replace(hour=17, minute=30, second=0)
    return works(here.date()) and opens <= here and here + timedelta(hours=1) <= ends.replace(microsecond=0)


@settings(deadline=None, max_examples=100)
@given(start=MOMENTS)
def test_the_next_window_is_the_first_that_fits(start: datetime) -> None:
    begins, closes = next_working_window(start, shipped())
    assert begins >= start and fits(begins)
    assert (local(closes).date(), local(closes).strftime("%H:%M:%S")) == (local(begins).date(), "17:30:00")
    earlier = start
    while earlier < begins:
        assert not fits(earlier), earlier
        earlier += timedelta(minutes=10)
