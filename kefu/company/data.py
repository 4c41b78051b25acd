"""The company's own data: who we are, safety scripts, published time limits, topics, texts.

Read from COMPANY_DIR at start and checked; `kefu check` prints every problem with file, line and reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from kefu.company.about import Company
from kefu.company.boundaries import Boundaries
from kefu.company.categories import Categories, load_categories
from kefu.company.claims import Claims
from kefu.company.clocks import ClockRules
from kefu.company.complaints import ComplaintRules, Grades, Indicators, load_indicators
from kefu.company.desk import CallbackRule, Desk, Identity, load_desks, unknown_desks
from kefu.company.incidents import Incidents
from kefu.company.levels import Matter, ServiceLevel, Target, levels_of, load_levels
from kefu.company.notices import NoticeRules
from kefu.company.opening import Holidays
from kefu.company.organisation import Organisation, load_organisation
from kefu.company.papers import Disputes, Invoices, Metering, TariffChange, load_tariff_changes
from kefu.company.phrases import load_phrases
from kefu.company.quality import Quality, load_quality, no_rule_for
from kefu.company.queue import QueueRules
from kefu.company.relief import PaymentRules, ReconnectionRule, ReliefRules
from kefu.company.replies import Replies, load_replies
from kefu.company.requests import RequestRow, load_requests
from kefu.company.retention import Retention
from kefu.company.safety import Advice, AdviceRows, SafetyScript, advice_for, fitting, sign_of, told, unknown_in
from kefu.company.surveys import SurveyRules
from kefu.company.tariffs import TariffBook, load_tariffs
from kefu.company.texts import Texts
from kefu.company.tickets import TicketRules
from kefu.company.topics import Topic
from kefu.company.vulnerable import Vulnerable, load_vulnerable
from kefu.company.yaml_lines import DataProblem, load_checked
from kefu.company.yaml_lines import Kind as Kind
from kefu.company.yaml_lines import Service as Service
from kefu.knowledge.entries import Entry, load_knowledge


@dataclass(frozen=True)
class CompanyData:
    """Everything in COMPANY_DIR, checked."""

    company: Company
    safety: dict[str, SafetyScript]
    danger_advice: list[Advice]
    service_levels: list[ServiceLevel]
    topics: dict[str, Topic]
    texts: Texts
    holidays: Holidays
    identity: Identity
    callbacks: CallbackRule
    desks: list[Desk]
    organisation: Organisation
    queue: QueueRules
    retention: Retention
    tickets: TicketRules
    replies: Replies
    categories: Categories
    surveys: SurveyRules
    clock_rules: ClockRules
    grades: Grades
    complaints: ComplaintRules
    indicators: Indicators
    relief: ReliefRules
    payments: PaymentRules
    reconnection: list[ReconnectionRule]
    invoices: Invoices
    metering: Metering
    disputes: Disputes
    incidents: Incidents
    notices: NoticeRules
    boundaries: Boundaries
    claims: Claims
    tariff_changes: list[TariffChange]
    tariffs: TariffBook
    knowledge: list[Entry]
    requests: dict[str, RequestRow]
    phrases: dict[str, str]
    vulnerable: Vulnerable
    quality: Quality

    def phrase(self, name: str, **values: Any) -> str:
        """What is told of the matters of `phrases.yml`, with its variables filled in."""
        return self.phrases[name].format(**values).strip()

    def desk_for(self, kind: str | None, service: str | None, category: str | None = None) -> Desk:
        """The first desk that fits; the last row fits everything (checked at load)."""
        return next(row for row in self.desks if row.fits(kind, service, category))

    def day_and_night(self, skill: str | None) -> bool:
        """People with this skill answer around the clock."""
        return any(row.around_the_clock for row in self.desks if row.skill == skill)

    def service_level(self, kind: str, service: str | None, area_class: str | None = None) -> ServiceLevel:
        """The published limit by kind, service and area alone."""
        return self.level_of(Matter(kind, service, area_class))

    def level_of(self, matter: Matter) -> ServiceLevel:
        """The limit told to the customer: somebody comes, else an answer; the last reply fits all (checked at load)."""
        levels = self.levels_of(matter)
        return levels.get("arrival") or levels["reply"]

    def levels_of(self, matter: Matter) -> dict[Target, ServiceLevel]:
        """The limits that hold for a matter, by target; reply or arrival, and closing, always."""
        return levels_of(self.service_levels, matter)

    def restoration_of(self, matter: Matter) -> list[ServiceLevel]:
        """What is published of restoration: what it usually takes, then what is promised; [] where nothing is."""
        fitting = [row for row in self.service_levels if row.what == "restoration" and row.fits(matter)]
        usual = next((row for row in fitting if row.average), None)
        promised = next((row for row in fitting if not row.average), None)
        return [row for row in (usual, promised) if row is not None]

    def reconnection_of(self, service: str) -> ReconnectionRule:
        """The rule of a service (one for each is checked at load)."""
        return next(row for row in self.reconnection if row.service == service)

    def danger_named(self, danger: str | None, service: str | None, text: str = "") -> str:
        """The name of the script that fits a danger kind, else the service, else any; closer by what was said."""
        return fitting(self.safety, danger, service, text)

    def safety_text(self, danger: str | None, service: str | None, text: str = "") -> str:
        """What to do first, as one message; `text`: what the customer said."""
        script = self.safety[self.danger_named(danger, service, text)]
        return told(script, self.company.emergency_phone(script.service or service))

    def danger_sign(self, text: str) -> str | None:
        """The danger these words are by themselves (`signs` of safety.yml); None when they are none."""
        return sign_of(self.safety, text)

    def advice(self, kind: str | None, text: str) -> list[str]:
        """Short words for what was said in the middle of danger `kind`; [] when none is written."""
        return [row.says for row in advice_for(self.danger_advice, kind, text)]

    def text(self, name: str, **values: Any) -> str:
        """One of the fixed texts, with the company's own names filled in."""
        known = {
            "company": self.company.name,
            "assistant": self.company.assistant,
            "phone": self.company.hotline,
            "privacy_url": self.company.privacy_url,
        }
        return str(getattr(self.texts, name)).format(**(known | values))


_FILES: dict[str, Any] = {
    "company": Company,
    "safety": dict[str, SafetyScript],
    "danger_advice": AdviceRows,
    "topics": dict[str, Topic],
    "texts": Texts,
    "holidays": Holidays,
    "identity": Identity,
    "callbacks": CallbackRule,
    "queue": QueueRules,
    "retention": Retention,
    "tickets": TicketRules,
    "surveys": SurveyRules,
    "clock_rules": ClockRules,
    "grades": Grades,
    "complaints": ComplaintRules,
    "relief": ReliefRules,
    "payments": PaymentRules,
    "reconnection": list[ReconnectionRule],
    "invoices": Invoices,
    "metering": Metering,
    "disputes": Disputes,
    "incidents": Incidents,
    "notices": NoticeRules,
    "boundaries": Boundaries,
    "claims": Claims,
}


def load_company(folder: Path) -> CompanyData:
    """Read and check all files of a company. Raises DataProblem naming every file, line and reason."""
    parts: dict[str, Any] = {}
    loaders: dict[str, Callable[[], Any]] = {
        name: partial(load_checked, folder / f"{name}.yml", shape) for name, shape in _FILES.items()
    }
    loaders["tariff_changes"] = partial(load_tariff_changes, folder)
    loaders["phrases"] = partial(load_phrases, folder)
    loaders["quality"] = partial(load_quality, folder)
    loaders["tariffs"] = partial(load_tariffs, folder)
    loaders["knowledge"] = lambda: load_knowledge(folder, set(parts["topics"]) if "topics" in parts else None)
    loaders["service_levels"] = lambda: load_levels(folder, set(parts["topics"]) if "topics" in parts else None)
    loaders["vulnerable"] = lambda: load_vulnerable(folder, set(parts["topics"]) if "topics" in parts else None)
    loaders["requests"] = lambda: load_requests(folder, _forms(parts.get("topics")))
    loaders["organisation"] = lambda: load_organisation(
        folder, parts["company"].services if "company" in parts else None
    )
    loaders["desks"] = lambda: load_desks(folder, parts.get("organisation"))
    loaders["indicators"] = lambda: load_indicators(
        folder, {r.desk for r in parts["desks"]} if "desks" in parts else None
    )
    loaders["replies"] = lambda: load_replies(folder, set(parts["topics"]) if "topics" in parts else None)
    loaders["categories"] = lambda: load_categories(folder, parts.get("topics"), _symptoms(parts))
    problems: list[str] = []
    for name, load in loaders.items():
        try:
            parts[name] = load()
        except DataProblem as problem:
            problems += problem.problems
    problems += [] if problems else _cross_check(folder, parts)
    if problems:
        raise DataProblem(problems)
    return CompanyData(**parts)


def _forms(topics: dict[str, Topic] | None) -> dict[str, str] | None:
    return None if topics is None else {name: topic.form for name, topic in topics.items()}


def _symptoms(parts: dict[str, Any]) -> set[str] | None:
    """Codes a ticket's symptom may have; None where a file of them is broken."""
    if "quality" not in parts or "safety" not in parts:
        return None
    return {"incident", *parts["safety"], *(row.code for row in parts["quality"].symptoms)}


def _cross_check(folder: Path, parts: dict[str, Any]) -> list[str]:
    problems = []
    desk = parts["desks"][-1] if parts["desks"] else None
    if desk is None or (desk.kind, desk.service, desk.category) != (None, None, None):
        problems.append(f"{folder / 'desks.yml'}:1: the last row must fit everything (no kind, service, category)")
    for needed in ("general", *parts["company"].services):
        if needed not in parts["safety"]:
            problems.append(f"{folder / 'safety.yml'}:1: a script for {needed} is missing")
    for file, rows in (("safety", parts["safety"].values()), ("danger_advice", parts["danger_advice"])):
        problems += [f"{folder / file}.yml:1: no script {name} (of)" for name in unknown_in(rows, parts["safety"])]
    served = [row.service for row in parts["reconnection"]]
    if sorted(served) != sorted(parts["company"].services):
        problems.append(f"{folder / 'reconnection.yml'}:1: one row for each service of company.yml")
    for row in parts["quality"].symptoms:
        if row.danger is not None and row.danger not in parts["safety"]:
            problems.append(f"{folder / 'quality.yml'}:1: {row.code}: no script {row.danger} in safety.yml")
    if no_rule_for(parts["quality"], parts["company"].city):
        problems.append(f"{folder / 'quality.yml'}:1: no heat rule for {parts['company'].city}")
    if "other" not in parts["topics"]:
        problems.append(f"{folder / 'topics.yml'}:1: the topic other is missing")
    named = {name for row in parts["tariff_changes"] for name in (*row.tariffs, *([row.to] if row.to else []))}
    unknown = sorted(name for name in named if name not in parts["tariffs"])
    problems += [f"{folder / 'tariff_changes.yml'}:1: no tariff {name} in {folder / 'tariffs'}" for name in unknown]
    return problems + unknown_desks(folder, parts["callbacks"], parts["desks"])


@lru_cache(maxsize=4)
def _cached(folder: Path) -> CompanyData:
    return load_company(folder)


def get_company() -> CompanyData:
    """The company of the settings, read once."""
    from kefu.settings import get_settings

    return _cached(get_settings().company_dir)
