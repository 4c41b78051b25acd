"""The API described for machines: every operation with a summary and examples, which hold; and bodies of strangers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.desk import Desk

Operation = tuple[str, str, dict[str, Any]]
# Written before there was this rule; whoever touches one gives it examples and takes it off.
WITHOUT_ANSWER = {
    "/api/handoffs",
    "/api/handoffs/{handoff_id}",
    "/api/handoffs/{handoff_id}/messages",
    "/api/conversations",
    "/api/conversations/{conversation_id}",
    "/api/conversations/{conversation_id}/messages",
}


@pytest.fixture(scope="module")
def described(desk: Desk) -> dict[str, Any]:
    return desk.http.get("/openapi.json").json()  # type: ignore[no-any-return]


def operations(described: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    return described["components"]["schemas"][name] if name else schema


def samples(described: dict[str, Any], media: dict[str, Any]) -> list[Any]:
    """The examples of a body, wherever they stand: beside it, in its schema, or in what the schema refers to."""
    found = [media["example"]] if "example" in media else []
    schema = media.get("schema", {})
    for one in (schema, *schema.get("oneOf", []), *schema.get("anyOf", [])):
        found += one.get("examples", []) + resolved(described, one).get("examples", [])
    return found


def bodies(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, method, operation in operations(described):
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if media is not None:
            yield f"{method.upper()} {path}", media


def test_every_operation_says_what_it_is(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        assert len(operation.get("summary", "")) > 5 and operation.get("tags"), (method, path)


def test_every_json_body_has_an_example_that_holds(described: dict[str, Any]) -> None:
    resolver = jsonschema.RefResolver("", described)
    for operation, media in bodies(described):
        found = samples(described, media)
        assert found, operation
        for sample in found:
            jsonschema.Draft202012Validator(media["schema"], resolver=resolver).validate(sample)


def test_every_answer_of_the_api_has_an_example(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        if not path.startswith("/api/") or path.startswith("/api/demo") or path in WITHOUT_ANSWER:
            continue
        good = [said for code, said in operation["responses"].items() if code.startswith("2")]
        pictures = [said for said in good if "image/jpeg" in said["content"]]
        told = [said for said in good if said not in pictures]
        assert good and all("example" in said["content"]["application/json"] for said in told), (method, path)
        if path != "/api/session":
            assert "401" in operation["responses"], (method, path)


def test_the_example_of_a_list_is_a_list(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        if any(p["name"] == "before" for p in operation.get("parameters", [])) and path not in WITHOUT_ANSWER:
            example = operation["responses"]["200"]["content"]["application/json"]["example"]
            assert {"items", "total"} <= set(example) and len(example["items"]) == 1, (method, path)


def test_examples_of_answers_have_the_fields_of_real_ones(desk: Desk, described: dict[str, Any]) -> None:
    known = desk.server.demo()["situations"]
    account, incident = known["normal"]["account_number"], known["known_outage"]["incident"]
    for path, _, operation in operations(described):
        lists = path.startswith("/api/") and any(p["name"] == "before" for p in operation.get("parameters", []))
        if not lists or path in WITHOUT_ANSWER:
            continue
        number = incident if path.startswith("/api/incidents/") else account
        items = desk.items(path.replace("{number}", number))[:1]
        example = operation["responses"]["200"]["content"]["application/json"]["example"]["items"][0]
        assert all(set(example) <= set(item) for item in items), path  # FastAPI drops what is null from examples


def test_every_list_has_a_filter_and_pages(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        names = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
        if "limit" in names and path not in WITHOUT_ANSWER:
            assert {"limit", "before"} < names, (method, path)


# --- strangers -----------------------------------------------------------------------------------------------------------
WORDS = st.text(st.characters(), max_size=25)
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def fields(described: dict[str, Any]) -> list[str]:
    schemas = described["components"]["schemas"].values()
    return sorted({name for schema in schemas for name in schema.get("properties", {})})


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_stranger_breaks_it(desk: Desk, described: dict[str, Any], data: st.DataObject) -> None:
    """An example with some of its values replaced, sent to where it belongs: taken or refused, never a crash."""
    wanted = [(op, media) for op, media in bodies(described) if " /api/" in op and "/api/demo" not in op]
    wanted = [(op, media) for op, media in wanted if "/api/session" not in op]
    operation, media = data.draw(st.sampled_from(wanted))
    sample = dict(data.draw(st.sampled_from(samples(described, media))))
    names = st.sampled_from(sorted(sample)) | st.sampled_from(fields(described))
    value = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2))
    sample |= data.draw(st.dictionaries(names, value, min_size=1, max_size=3))
    method, path = operation.split()
    place = data.draw(st.sampled_from(["2147483647", "00000000000000000001", "u1", "张"]))
    answer = desk.http.request(
        method,
        re.sub(r"{\w+}", place, path),
        content=json.dumps(data.draw(st.sampled_from([sample, [sample], [sample, sample]]))).encode("ascii"),
        headers=desk.headers("integration") | {"Content-Type": "application/json"},
    )
    assert answer.status_code in (200, 201, 400, 403, 404, 409, 422), answer.text
    assert answer.status_code < 400 or answer.json()["detail"]
