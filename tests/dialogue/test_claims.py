"""Claims as they meet what we know: the outage of that time and place, a planned one, a photo as proof."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialogue.talking import Talk
from tests.support.photos import data_url, photo
from tests.support.server import Server

CLAIM = "昨天下午来电把我家洗衣机主板打坏了，修了六百，要求赔"


@pytest.fixture
def home(server: Server, values: dict[str, str]) -> dict[str, Any]:
    account: dict[str, Any] = server.api(f"/api/accounts/{values['account']}")
    return account


def signed_in(server: Server, values: dict[str, str], sender: str) -> Talk:
    talk = Talk(server, sender, values)
    server.sign_in(sender, values["account"])
    return talk


def test_the_outage_of_that_time_is_found_and_told(
    server: Server, values: dict[str, str], home: dict[str, Any]
) -> None:
    body = {"number": "CL-INC-1", "service": home["service"], "area_code": home["area_code"], "cause": "变压器故障"}
    times = {"started_at": "2026-12-08T14:05:00+08:00", "restored_at": "2026-12-08T16:30:00+08:00"}
    server.feed("POST", "/api/incidents", {**body, **times, "status": "restored"})
    talk = signed_in(server, values, "claim-incident")
    for text in (CLAIM, "有维修单", "可以"):
        talk.say(text)
    [ticket] = talk.tickets(category="claim_damage")
    assert ticket["incident"] == "CL-INC-1" and ticket["desk"] == "损失理赔坐席", str(talk)
    assert "12月8日14:05到12月8日16:30" in talk.heard and "变压器故障" in talk.heard and not talk.broken


def test_a_photo_is_the_proof_that_was_asked_for(server: Server, values: dict[str, str]) -> None:
    talk = signed_in(server, values, "claim-photo")
    talk.say(CLAIM.replace("昨天下午", "12月2日早上"))
    body = {"sender": talk.sender, "message": "", "metadata": {"image": data_url(photo())}}
    replies = server.client.post("/webhooks/rest/webhook", json=body).raise_for_status().json()
    said = "\n".join(reply.get("text") or "" for reply in replies)
    assert "照片收到了" in said and "凭证" not in said and "可以吗" in said, said
    talk.say("可以")
    [ticket] = talk.tickets(category="claim_damage")
    assert len(ticket["attachments"]) == 1


def test_a_planned_interruption_is_told_plainly(server: Server, values: dict[str, str], home: dict[str, Any]) -> None:
    body = {"number": "CL-INT-1", "service": home["service"], "area_code": home["area_code"], "reason": "线路检修"}
    times = {"starts_at": "2026-12-05T08:00:00+08:00", "ends_at": "2026-12-05T17:00:00+08:00"}
    published = "2026-11-27T09:00:00+08:00"
    server.feed("POST", "/api/interruptions", {**body, **times, "status": "done", "published_at": published})
    talk = signed_in(server, values, "claim-planned")
    for text in ("12月5日上午停电，冰箱里的肉全坏了，要求赔偿", "没有", "可以"):
        talk.say(text)
    [ticket] = talk.tickets(category="claim_damage")
    assert ticket["incident"] is None and "CL-INT-1" in ticket["description"], str(talk)
    assert "提前公告过的，一般不赔" in talk.heard and not talk.broken
