"""Demo mode: the city's situations, the clock, reset and sign-in. Outside it: closed doors, and a plain word at start."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import WEBHOOK, Desk
from tests.support.server import ROOT, Server, free_port

SITUATIONS = [
    "tier_crossed",
    "long_period",
    "estimated_reading",
    "late_fee",
    "reversal",
    "in_arrears",
    "known_outage",
    "planned_interruption",
    "heat_below_18",
    "paid_not_credited",
    "peak_valley",
    "normal",
]
ROLES = {"agent", "supervisor", "integration", "admin"}
SERVICES = {"electricity", "water", "gas", "heat"}
SESSION_S = 3
DEMO_CALLS = [
    ("GET", "/api/demo"),
    ("PUT", "/api/demo/clock"),
    ("POST", "/api/demo/reset"),
    ("POST", "/api/demo/sign-in"),
    ("POST", "/api/demo/survey"),
    ("GET", "/api/demo/sms"),
]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo server of its own: its clock may be moved. Staff sessions live a few seconds."""
    settings = {"SESSION_HOURS": str(SESSION_S / 3600), "MESSAGE_MAX_CHARS": "100"}
    running = Server(tmp_path_factory.mktemp("trial"), **settings).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As in production: no demo, a secret, a channel token."""
    settings = {"DEMO_MODE": "false", "SECRET_KEY": "a long random text", "CHANNEL_TOKEN": "opens-the-channel"}
    running = Server(tmp_path_factory.mktemp("real"), **settings).start()
    yield running
    running.stop()


def put_clock(server: Server, now: Any) -> Any:
    return Desk(server).http.put("/api/demo/clock", json={"now": now})


def now_of(server: Server) -> datetime:
    return datetime.fromisoformat(server.demo()["now"])


def fresh(server: Server) -> Desk:
    """A desk with a new token: on the trial server they do not last."""
    return Desk(server)


# --- the city ------------------------------------------------------------------------------------------------------------
def test_every_situation_of_the_contract_has_its_account(server: Server) -> None:
    situations = server.demo()["situations"]
    assert set(SITUATIONS) <= set(situations)
    for name, facts in situations.items():
        assert re.fullmatch(r"\d{10}", facts["account_number"]), name
        assert all(facts[key] for key in ("holder", "phone", "address")), name
        assert facts["service"] in SERVICES
    households = [{facts["service"], *facts.get("other_services", {})} for facts in situations.values()]
    assert set().union(*households) == SERVICES


def test_logins_hours_and_phones_are_told(server: Server) -> None:
    demo = server.demo()
    assert {login["role"] for login in demo["logins"]} >= ROLES
    assert all(set(login) == {"username", "password", "role"} for login in demo["logins"])
    assert re.search(r"\d\d:\d\d", demo["hours"]) and re.fullmatch(r"[\d-]+", demo["emergency_phone"])


# --- the clock -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-12-09T10:20", "2026-12-09T10:20:00+08:00"),
        ("2026-12-09T10:20:30+08:00", "2026-12-09T10:20:30+08:00"),
        ("2026-12-09T02:20Z", "2026-12-09T10:20:00+08:00"),
        ("2026-12-09T10:20-08:00", "2026-12-10T02:20:00+08:00"),
        ("2026-12-09", "2026-12-09T00:00:00+08:00"),
        ("2028-02-29T23:59:59", "2028-02-29T23:59:59+08:00"),
    ],
)
def test_the_clock_takes_iso_times_naive_means_shanghai(trial: Server, given: str, shown: str) -> None:
    answer = put_clock(trial, given)
    assert (answer.status_code, answer.json()) == (200, {"now": shown})
    assert now_of(trial) - datetime.fromisoformat(shown) < timedelta(seconds=5)


def test_the_clock_runs_on(trial: Server) -> None:
    put_clock(trial, "2026-12-31T23:59:59")
    time.sleep(1.2)
    assert "2027-01-01T00:00:00+08:00" <= trial.demo()["now"] < "2027-01-01T00:00:10+08:00"


def test_null_gives_real_time_back(trial: Server) -> None:
    put_clock(trial, "2030-01-01T00:00")
    put_clock(trial, None)
    assert abs(now_of(trial).timestamp() - time.time()) < 5


@pytest.mark.parametrize(
    "nonsense",
    ["tomorrow", "", " ", "2026-13-01T00:00", "2026-02-30", "25:00", "9999-12-31T23:59", "0001-01-01", 5, True, [], {}]
    + ["2026-12-09T10:20+99:00", "\0", "\ud83d", "１９９９", "2026-12-09T10:20" * 1000],
    ids=lambda value: repr(value)[:30],
)
def test_nonsense_is_422_and_the_clock_stays(trial: Server, nonsense: Any) -> None:
    put_clock(trial, "2026-12-09T10:20")
    headers = {"Content-Type": "application/json"}
    answer = Desk(trial).http.put("/api/demo/clock", content=json.dumps({"now": nonsense}), headers=headers)
    assert answer.status_code == 422 and answer.json()["detail"]
    assert trial.demo()["now"].startswith("2026-12-09T10:2")


def test_a_clock_call_without_now_is_422(trial: Server) -> None:
    assert Desk(trial).http.put("/api/demo/clock", json={}).status_code == 422


def test_business_time_obeys_the_clock_tokens_do_not(trial: Server, sender: str) -> None:
    put_clock(trial, "2029-05-04T15:00")
    desk = fresh(trial)
    (ticket,) = desk.leave_a_suggestion(sender)
    assert ticket["created_at"].startswith("2029-05-04T15:0")
    assert ticket["number"][2:8] == "290504"
    (callback,) = desk.items("/api/callbacks", conversation_id=sender)
    assert callback["window_start"].startswith("2029-05-04T15:30")
    login = next(row for row in trial.demo()["logins"] if row["role"] == "agent")
    session = desk.post({k: login[k] for k in ("username", "password")}, "/api/session").json()
    assert abs(datetime.fromisoformat(session["expires_at"]).timestamp() - time.time() - SESSION_S) < 5


def test_a_token_runs_out_in_real_time_with_a_reason(trial: Server) -> None:
    put_clock(trial, "2020-01-01T00:00")
    desk = fresh(trial)
    assert desk.get("/api/tickets").status_code == 200
    time.sleep(SESSION_S + 0.5)
    answer = desk.get("/api/tickets")
    assert answer.status_code == 401 and "/api/session" in answer.json()["detail"]
    assert fresh(trial).get("/api/tickets").status_code == 200


def test_the_longest_message_is_a_setting(trial: Server, sender: str) -> None:
    assert "100" in trial.text(sender, "字" * 101)
    assert "太长" not in trial.text(sender, "字" * 100)


# --- reset ---------------------------------------------------------------------------------------------------------------
def test_reset_brings_back_the_seeded_city(trial: Server, sender: str) -> None:
    trial.reset("2026-12-09T10:20")
    seeded = trial.demo()
    trial.sign_in(sender, seeded["situations"]["normal"]["account_number"])
    fresh(trial).leave_a_suggestion(sender)
    trial.client.post("/api/demo/reset").raise_for_status()
    assert fresh(trial).rows() == (0, 0, 0)
    again = trial.demo()
    assert {k: v for k, v in again.items() if k != "now"} == {k: v for k, v in seeded.items() if k != "now"}


def test_reset_forgets_dialogues_bindings_and_message_ids(trial: Server, sender: str) -> None:
    trial.reset("2026-12-09T10:20")
    number = trial.demo()["situations"]["normal"]["account_number"]
    first = trial.say(sender, "我家停电了", "m-1")
    trial.sign_in(sender, number)
    trial.reset("2026-12-09T10:20")
    assert trial.say(sender, "我家停电了", "m-1") == first
    assert fresh(trial).lines(f"rest:{sender}", "customer") == ["我家停电了"]


@pytest.mark.parametrize("now", ["2024-02-29T12:00", "2031-07-01T08:00", "2000-01-01T00:00", "2100-12-31T23:59"])
def test_the_city_is_dated_by_the_clock(trial: Server, sender: str, now: str) -> None:
    trial.reset(now)
    demo = trial.demo()
    assert demo["now"][:10] == now[:10]
    issued = datetime.fromisoformat(demo["situations"]["normal"]["last_bill"]["issued_on"])
    assert timedelta(0) <= datetime.fromisoformat(now) - issued < timedelta(days=70)
    assert trial.text(sender, "我家停电了").strip()


# --- sign-in -------------------------------------------------------------------------------------------------------------
def report(server: Server, sender: str) -> dict[str, Any]:
    """An outage from start to end, saying nothing that the files know; the ticket it becomes."""
    for words in ("我家停电了", "刚停的", "对"):
        server.say(sender, words)
    (ticket,) = server.tickets(sender)
    return ticket


def test_a_bare_sender_is_signed_in_on_rest(server: Server, sender: str) -> None:
    normal = server.demo()["situations"]["normal"]
    server.sign_in(sender, normal["account_number"])
    ticket = report(server, sender)
    assert (ticket["account_number"], ticket["address"]) == (normal["account_number"], normal["address"])
    assert ticket["phone"] == normal["phone"]


def test_a_full_id_is_signed_in_there_and_nowhere_else(desk: Desk, sender: str) -> None:
    number = desk.server.demo()["situations"]["normal"]["account_number"]
    body = {"conversation_id": f"wechat:{sender}", "channel": "wechat", "account_number": number}
    answer = desk.post(body, "/api/demo/sign-in").raise_for_status().json()
    assert answer["conversation_ids"] == [f"wechat:{sender}"]
    assert "地址" in desk.server.text(sender, "我家停电了"), "the REST sender of the same name is still a stranger"


def test_a_bare_sender_on_another_channel_is_signed_in_on_both(desk: Desk, sender: str) -> None:
    number = desk.server.demo()["situations"]["normal"]["account_number"]
    body = {"conversation_id": sender, "channel": "wechat", "account_number": number}
    answer = desk.post(body, "/api/demo/sign-in").raise_for_status().json()
    assert answer["conversation_ids"] == [f"wechat:{sender}", f"rest:{sender}"]
    assert report(desk.server, sender)["account_number"] == number


def test_signing_in_again_changes_the_account(server: Server, sender: str) -> None:
    first, second = (server.demo()["situations"][name] for name in ("normal", "peak_valley"))
    for account in (first, second):
        server.sign_in(sender, account["account_number"])
    assert report(server, sender)["address"] == second["address"]


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ({"account_number": "0000000000"}, 404),
        ({"account_number": ""}, 404),
        ({"account_number": "9" * 21}, 422),
        ({"account_number": None}, 422),
        ({"channel": "carrier pigeon"}, 422),
        ({"conversation_id": ""}, 422),
        ({"conversation_id": "x" * 121}, 422),
        ({"conversation_id": "x\ud83d"}, 422),
    ],
    ids=repr,
)
def test_a_wrong_sign_in_is_refused_with_a_reason(desk: Desk, sender: str, part: dict[str, Any], status: int) -> None:
    number = desk.server.demo()["situations"]["normal"]["account_number"]
    body = {"conversation_id": sender, "channel": "rest", "account_number": number, **part}
    answer = desk.post(body, "/api/demo/sign-in")
    assert answer.status_code == status and answer.json()["detail"]


# --- outside demo mode -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("method", "path"), DEMO_CALLS)
def test_outside_demo_mode_these_addresses_do_not_exist(real: Server, method: str, path: str) -> None:
    assert Desk(real).http.request(method, path, json={}).status_code == 404
    assert path not in Desk(real).http.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Bearer opens-the-channe", "Basic x", "Bearer é"])
def test_rest_needs_the_channels_token(real: Server, sender: str, given: str) -> None:
    headers = {"Authorization": given.encode()} if given else {}
    answer = Desk(real).http.post(WEBHOOK, json={"sender": sender, "message": "你好"}, headers=headers)
    assert answer.status_code == 401 and "令牌" in answer.json()["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_rest_answers_who_brings_the_token(real: Server, sender: str) -> None:
    answer = Desk(real).post({"sender": sender, "message": "你好"}, Authorization="Bearer opens-the-channel")
    assert answer.status_code == 200 and answer.json()[0]["text"]


def test_nobody_can_sign_in_with_a_demo_login(real: Server, server: Server) -> None:
    for login in server.demo()["logins"]:
        given = {key: login[key] for key in ("username", "password")}
        assert Desk(real).post(given, "/api/session").status_code == 401


def test_a_visitor_token_of_the_demo_opens_nothing(real: Server, desk: Desk) -> None:
    token = desk.post({}, "/web/visitor").json()["token"]
    assert Desk(real).post({"token": token, "text": "你好"}, "/web/messages").status_code == 401
    own = Desk(real).post({}, "/web/visitor").json()["token"]
    assert Desk(real).post({"token": own, "text": "你好"}, "/web/messages").status_code == 200


def test_without_a_channel_token_the_channel_is_closed(tmp_path: Path, sender: str) -> None:
    server = Server(tmp_path, DEMO_MODE="false", SECRET_KEY="a long random text", CHANNEL_TOKEN="").start()
    try:
        for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}):
            answer = Desk(server).post({"sender": sender, "message": "你好"}, **headers)
            assert answer.status_code == 401
    finally:
        server.stop()


# --- operations ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("which", ["server", "real"])
def test_alive_and_ready(request: pytest.FixtureRequest, which: str) -> None:
    http = Desk(request.getfixturevalue(which)).http
    assert (http.get("/healthz").status_code, http.get("/healthz").json()) == (200, {"status": "ok"})
    ready = http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == ready.json()["database"] == "ok"
    assert re.fullmatch(r"kefu-\w+\.tar\.gz", ready.json()["engine"])


def test_metrics_count_messages_and_hold_nobodys_words(desk: Desk, new_sender: Callable[[], str]) -> None:
    def answered() -> float:
        found = re.search(r'kefu_messages_total{channel="rest",outcome="answered"} ([\d.e+]+)', metrics())
        return float(found.group(1)) if found else 0.0

    def metrics() -> str:
        answer = desk.http.get("/metrics").raise_for_status()
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text

    before, senders = answered(), [new_sender() for _ in range(3)]
    for sender in senders:
        desk.leave_a_suggestion(sender, phone="13700001111")
    assert answered() == before + 3
    assert not re.search("|".join([*senders, "13700001111", "用量曲线"]), metrics())
    assert "kefu_turn_seconds_bucket" in metrics()


# --- at start --------------------------------------------------------------------------------------------------------------
def kefu(*arguments: str, folder: Path, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "CHANNEL_TOKEN", "DEMO_MODE")}
    database = {"DATABASE_URL": f"sqlite:///{folder / 'kefu.db'}"}
    command = [sys.executable, "-W", "ignore", "-m", "kefu.cli", *arguments]
    env = clean | database | environment
    return subprocess.run(command, env=env, cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60)


def plain(result: subprocess.CompletedProcess[str]) -> str:
    """What an operator reads; a traceback is no plain word."""
    assert "READY" not in result.stdout and result.returncode != 0
    assert "Traceback" not in result.stderr, result.stderr[-600:]
    return result.stderr


@pytest.mark.parametrize("environment", [{}, {"DEMO_MODE": "false", "SECRET_KEY": "change-me-before-serving"}])
def test_it_refuses_to_serve_on_the_default_secret(tmp_path: Path, environment: dict[str, str]) -> None:
    result = kefu("serve", folder=tmp_path, **environment)
    assert "SECRET_KEY" in plain(result) and "openssl rand" in result.stderr
    assert result.returncode == 2 and not (tmp_path / "kefu.db").exists()


def test_it_refuses_an_empty_secret_too(tmp_path: Path) -> None:
    with socket.socket() as taken:  # if it does not refuse, the port stops it all the same
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = kefu("serve", folder=tmp_path, SECRET_KEY="", PORT=str(taken.getsockname()[1]))
    assert "SECRET_KEY" in plain(result)


@pytest.mark.parametrize("secret", ["", "short"])
def test_it_refuses_an_sms_gateway_without_a_secret_to_sign_with(tmp_path: Path, secret: str) -> None:
    gateway = {"SMS_WEBHOOK_URL": "http://127.0.0.1:9/sms", "SMS_WEBHOOK_SECRET": secret}
    result = kefu("serve", folder=tmp_path, DEMO_MODE="false", SECRET_KEY="a long random text", **gateway)
    assert "SMS_WEBHOOK_SECRET" in plain(result) and result.returncode == 2


def test_a_taken_port_is_said_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = kefu("serve", folder=tmp_path, DEMO_MODE="true", PORT=port)
    assert f"port {port}" in plain(result) and "PORT=" in result.stderr
    assert result.returncode == 2


def test_broken_company_data_stops_the_start_with_file_line_and_reason(tmp_path: Path) -> None:
    for file in (ROOT / "company").glob("*.yml"):
        (tmp_path / file.name).write_text(file.read_text().replace("hotline:", "hotlime:"))
    result = kefu("serve", folder=tmp_path, DEMO_MODE="true", COMPANY_DIR=str(tmp_path))
    assert re.search(rf"{tmp_path}/company.yml:\d+: hotlime: ", plain(result))
    assert result.returncode == 1


def test_a_missing_company_folder_is_said(tmp_path: Path) -> None:
    result = kefu("serve", folder=tmp_path, DEMO_MODE="true", COMPANY_DIR=str(tmp_path / "none"))
    assert "COMPANY_DIR" in plain(result) and result.returncode == 2


def test_a_missing_model_is_said_with_the_remedy(tmp_path: Path) -> None:
    result = kefu("serve", folder=tmp_path, DEMO_MODE="true", MODEL_DIR=str(tmp_path), PORT=str(free_port()))
    assert "make train" in plain(result)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eighty"), ("PORT", "70000"), ("DEMO_MODE", "perhaps"), ("TURN_TIMEOUT_S", "-1"), ("LOG_LEVEL", "LOUD")],
)
def test_a_wrong_setting_is_named_plainly(tmp_path: Path, name: str, value: str) -> None:
    result = kefu("serve", folder=tmp_path, **{"DEMO_MODE": "true", "PORT": str(free_port()), name: value})
    assert name in plain(result).upper() and result.returncode == 2


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--loud"]])
def test_a_wrong_command_shows_what_there_is(tmp_path: Path, arguments: list[str]) -> None:
    result = kefu(*arguments, folder=tmp_path)
    assert result.returncode == 2 and "usage: kefu" in plain(result)


def test_check_and_migrate_do_their_work(tmp_path: Path) -> None:
    checked = kefu("check", folder=tmp_path)
    assert checked.returncode == 0 and "in order" in checked.stdout
    for _ in range(2):
        assert kefu("migrate", folder=tmp_path).returncode == 0
    assert (tmp_path / "kefu.db").stat().st_size > 0


# --- the first member of staff -------------------------------------------------------------------------------------------
ANNA = ["staff", "anna", "--name", "安娜", "--number", "K0001", "--role", "supervisor"]


def signs_in(server: Server, password: str) -> bool:
    given = {"username": "anna", "password": password}
    return Desk(server).post(given, "/api/session").status_code == 200


def test_staff_are_added_and_changed_from_the_command_line(real: Server) -> None:
    """Outside demo mode nobody could sign in otherwise. The password is read, never an argument."""
    for password in ("first password", "second password"):
        result = kefu(*ANNA, folder=real.folder, typed=f"{password}\n")
        assert result.returncode == 0 and password not in result.stdout + result.stderr
        assert signs_in(real, password)
    assert not signs_in(real, "first password")


def test_a_new_password_ends_open_sessions(real: Server) -> None:
    kefu(*ANNA, folder=real.folder, typed="third password\n")
    token = Desk(real).post({"username": "anna", "password": "third password"}, "/api/session").json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert Desk(real).http.get("/api/tickets", headers=headers).status_code == 200
    kefu(*ANNA, folder=real.folder, typed="fourth password\n")
    assert Desk(real).http.get("/api/tickets", headers=headers).status_code == 401


@pytest.mark.parametrize("typed", ["", "\n", "short\n"])
def test_a_short_password_is_refused(real: Server, typed: str) -> None:
    result = kefu(*ANNA, folder=real.folder, typed=typed)
    assert result.returncode == 2 and "password" in plain(result)


def test_a_number_that_somebody_has_is_refused_plainly(real: Server) -> None:
    kefu(*ANNA, folder=real.folder, typed="fifth password\n")
    double = ["staff", "boris", "--name", "鲍里斯", "--number", "K0001"]
    assert "K0001" in plain(kefu(*double, folder=real.folder, typed="a long password\n"))


@pytest.mark.parametrize("role", ["boss", ""])
def test_an_unknown_role_is_refused(tmp_path: Path, role: str) -> None:
    result = kefu("staff", "x", "--name", "x", "--number", "x", "--role", role, folder=tmp_path, typed="long enough\n")
    assert result.returncode == 2 and "supervisor" in plain(result)
