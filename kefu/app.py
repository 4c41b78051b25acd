"""The service: parts made once, routes put together, started and stopped in order."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import OperationalError

from kefu.accounts.routes import router as accounts
from kefu.alerts.service import AlertSender
from kefu.api.access import Services, ServicesDep
from kefu.api.reasons import reason
from kefu.attachments.routes import router as attachments
from kefu.billing.chart.routes import router as charts
from kefu.billing.invoicing.routes import router as invoices
from kefu.billing.routes import router as billing
from kefu.billing.tariffs.routes import router as tariffs
from kefu.callbacks.routes import router as callbacks
from kefu.channels.rest.routes import router as rest
from kefu.channels.web.routes import router as web
from kefu.company.data import get_company
from kefu.company.routes import router as calendar
from kefu.complaints.routes import router as complaints
from kefu.conversations.handoffs import router as handoffs
from kefu.conversations.outbox import OutboxSender
from kefu.conversations.routes import router as conversations
from kefu.conversations.service import Conversations
from kefu.db.migrate import migrate
from kefu.db.session import get_database, use_database
from kefu.demo.routes import router as demo
from kefu.demo.routes import seed_if_needed
from kefu.engine.engine import Engine
from kefu.exports.routes import router as exported
from kefu.exports.routes import told_of
from kefu.exports.service import ExportSender
from kefu.incidents.routes import router as incidents
from kefu.jobs.daily import plan_daily
from kefu.jobs.routes import router as jobs
from kefu.network.areas.routes import router as areas
from kefu.network.routes import router as network
from kefu.organisation.routes import router as organisation
from kefu.outbox.routes import router as notices
from kefu.reports.routes import router as reports
from kefu.settings import Settings, get_settings
from kefu.sms.sender import SmsSender
from kefu.staff.routes import router as staff
from kefu.surveys.routes import router as surveys
from kefu.tickets.adopting import adopt_all
from kefu.tickets.routes import router as tickets
from kefu.working import worker_of

log = structlog.get_logger("kefu.app")


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application. Starting it loads the company's data, the database and the model."""
    settings = settings or get_settings()
    app = FastAPI(
        title="Kefu 客服",
        version="0.1.0",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=256 * 1024,
        strict_content_type=False,
    )
    app.state.settings = settings
    app.state.services = None
    desk = (
        staff,
        calendar,
        tickets,
        complaints,
        organisation,
        callbacks,
        handoffs,
        conversations,
        attachments,
        surveys,
        reports,
    )
    for router in (rest, web, charts, *desk, accounts, billing, invoices, tariffs, areas, network, incidents, notices):
        app.include_router(router)
    for router in (jobs, exported):
        app.include_router(router)
    if settings.demo_mode:
        app.include_router(demo)
    app.add_api_route("/healthz", healthz, tags=["operations"], summary="The process is alive")
    app.add_api_route("/readyz", readyz, tags=["operations"], summary="Engine and database answer")
    app.add_api_route("/metrics", metrics, tags=["operations"], summary="Prometheus", include_in_schema=False)
    app.add_exception_handler(RequestValidationError, _say_what_is_wrong)
    app.add_exception_handler(OperationalError, _database_is_away)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        services = await asyncio.to_thread(_make_services, settings)
        app.state.services = services
        stack.callback(_stop, services)
        couriers = (services.alerts, services.sms, services.outbox, services.exports)
        for job in (*(courier.run() for courier in couriers), services.conversations.work_inbox()):
            stack.push_async_callback(_cancel, asyncio.create_task(job))
        if settings.jobs_here:
            services.jobs.start()
            stack.push_async_callback(asyncio.to_thread, services.jobs.stop)
        gc.collect()
        gc.freeze()  # the model never becomes garbage: do not look through it again and again
        log.info("ready", model=services.conversations.model, demo=settings.demo_mode)
        yield


def _make_services(settings: Settings) -> Services:
    company = get_company()
    database = get_database()
    migrate(database)
    if settings.demo_mode:
        seed_if_needed(database)
    with database.write() as session:
        plan_daily(session)
        adopt_all(session, company)
    alerts = AlertSender(database, settings.alert_webhook_url)
    sms = SmsSender(database, settings)
    engine = Engine(settings.model_dir, settings.turn_timeout_s)

    def after_commit() -> None:
        alerts.wake()
        sms.wake()
        outbox.wake()
        jobs.wake()
        exports.wake()

    talks = Conversations(database, engine, company, settings.turn_workers, settings.inbox_attempts, after_commit)
    outbox = OutboxSender(database, company, talks.live.wake, sms.wake)
    jobs = worker_of(database, company, after_commit)
    exports = ExportSender(database, company, settings, told_of)
    return Services(settings, database, company, talks, alerts, sms, outbox, jobs, exports)


def _stop(services: Services) -> None:
    services.conversations.close()
    services.database.dispose()
    use_database(None)


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return


async def healthz() -> dict[str, str]:
    return {"status": "ok"}


def readyz(parts: ServicesDep) -> JSONResponse:
    """503 with the part that does not answer; the model is loaded before the service listens."""
    try:
        parts.database.ping()
    except Exception as problem:  # whatever it is, it is the answer
        return JSONResponse({"status": "unavailable", "database": type(problem).__name__}, 503)
    return JSONResponse({"status": "ok", "database": "ok", "engine": parts.conversations.model})


def metrics() -> PlainTextResponse:
    return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _say_what_is_wrong(request: Request, problem: Exception) -> JSONResponse:
    """422 with the place and the reason, without repeating what was sent."""
    assert isinstance(problem, RequestValidationError)
    reasons = [{"where": ".".join(map(str, e["loc"])), "reason": reason(e)} for e in problem.errors()]
    json_said = "json" in request.headers.get("content-type", "")
    detail = (
        "请求格式不对" if json_said or request.method == "GET" else "请求要用 JSON（Content-Type: application/json）"
    )
    return JSONResponse({"detail": detail, "errors": reasons}, 422)


async def _database_is_away(_: Request, problem: Exception) -> JSONResponse:
    log.error("database unavailable", problem=type(problem).__name__)
    return JSONResponse({"detail": "数据库暂时不可用，请稍后再试"}, 503, headers={"Retry-After": "5"})
