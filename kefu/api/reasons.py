"""Why a request is refused before anybody looks at what it means, in Chinese: pydantic's errors by their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REASONS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项，不能写",
    "json_invalid": "不是合法的 JSON",
    "string_type": "要写成文字",
    "string_too_short": "至少{min_length}个字符",
    "string_too_long": "最多{max_length}个字符",
    "string_pattern_mismatch": "格式不对，要符合 {pattern}",
    "int_type": "要写成整数",
    "int_parsing": "要写成整数",
    "int_parsing_size": "整数太大",
    "int_from_float": "要写成整数",
    "float_type": "要写成数字",
    "float_parsing": "要写成数字",
    "finite_number": "要写成数字，不能是 NaN 或无穷大",
    "bool_type": "要写 true 或 false",
    "bool_parsing": "要写 true 或 false",
    "literal_error": "要是 {expected} 之一",
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "list_type": "要写成列表",
    "too_short": "至少{min_length}项",
    "too_long": "最多{max_length}项",
    "dict_type": "要写成 JSON 对象",
    "model_type": "要写成 JSON 对象",
    "model_attributes_type": "要写成 JSON 对象",
}


def reason(error: Mapping[str, Any]) -> str:
    """One error of pydantic in words for people; what a check of ours says stays as it is."""
    said, given = str(error["msg"]).removeprefix("Value error, "), dict(error.get("ctx") or {})
    pattern = _REASONS.get(error["type"])
    if pattern is None:
        return said if error["type"] == "value_error" else f"写得不对（{said}）"
    if "expected" in given:
        given["expected"] = str(given["expected"]).replace(" or ", "、").replace(", ", "、")
    return pattern.format(**given)
