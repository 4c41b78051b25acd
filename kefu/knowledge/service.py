"""Which of the company's answers fits a question. No Rasa, no HTTP; everything said stands in the company's files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from sqlalchemy.orm import Session

from kefu.billing.tariff_book import tariff_book
from kefu.company.data import CompanyData
from kefu.company.tariffs import TariffBook
from kefu.company.yaml_lines import Service
from kefu.knowledge.answers import Answer, Choice
from kefu.knowledge.entries import Entry
from kefu.knowledge.halls import hall_answer
from kefu.knowledge.prices import named_service, tariff_answer
from kefu.nlu.normalise import normalise

__all__ = ["Answer", "Choice", "enquire", "find_answer", "hall_answer", "tariff_answer"]


def enquire(
    session: Session,
    company: CompanyData,
    intent: str,
    service: str | None,
    text: str,
    tariff_id: str | None = None,
    district: str | None = None,
) -> Answer | Choice | None:
    """The answer to any enquiry: halls from the database, everything else as `find_answer`.

    `tariff_id` and `district` are the customer's own, where they are known. None: nobody has written an answer, so it
    is a case for a ticket. Never raises on any text.
    """
    if intent == "ask_hall":
        return hall_answer(session, company, text, district, service)
    return find_answer(company, intent, service, text, tariff_id, tariff_book(session, company))


def find_answer(
    company: CompanyData,
    intent: str,
    service: str | None,
    text: str,
    tariff_id: str | None = None,
    book: TariffBook | None = None,
) -> Answer | Choice | None:
    """The best entry of an intent: most `about` patterns found, then the own service before all, then the first written.

    An entry with patterns of which none is found, or of another service, does not count. Without a service (given, or
    the only one named in the text) and without an entry for all of them: a Choice. `ask_tariff` without an entry on
    the very question is composed from the prices (of `book`, else of the files). None where nothing was written.
    """
    known = service or named_service(text)
    best = _best(company.knowledge, intent, known, text)
    if intent == "ask_tariff" and not any(entry.about for entry in best):
        return tariff_answer(company, known, text, tariff_id, book=book)
    if not best:
        return None
    services = _services(best)
    if known is None and len(best) > 1 and all(entry.service for entry in best) and len(services) > 1:
        return Choice(services)
    return _answer(company, best[0])


def _best(entries: Iterable[Entry], intent: str, service: str | None, text: str) -> list[Entry]:
    """The entries with the highest rank, in the order written."""
    plain = normalise(text)
    ranked: list[tuple[tuple[int, int], Entry]] = []
    for entry in entries:
        if intent not in entry.intents or (service and entry.service and service not in entry.service):
            continue
        found = sum(pattern.search(plain) is not None for pattern in entry.about)
        if found or not entry.about:
            # whoever names no service is told what holds for all; whoever names one, what holds there
            ranked.append(((found, bool(entry.service) == bool(service)), entry))
    top = max((rank for rank, _ in ranked), default=None)
    return [entry for rank, entry in ranked if rank == top]


def _services(entries: Iterable[Entry]) -> tuple[Service, ...]:
    named = {service for entry in entries for service in entry.service}
    return tuple(service for service in get_args(Service) if service in named)


def _answer(company: CompanyData, entry: Entry) -> Answer:
    def level(kind: str, service: str | None) -> str:
        row = company.service_level(kind, service)
        return f"{row.says}（{row.source}）"

    return Answer(entry.title, entry.said(level), entry.source, entry.checked_on, entry.id)
