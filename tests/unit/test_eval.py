"""`make eval` and `make report` on a small file: the last line is the JSON the contract names; a wrong file is refused
with its line. The figures themselves on examples small enough to work out by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import (
    ALLOWED,
    Bin,
    Point,
    Read,
    Row,
    calibration,
    calibration_error,
    falls,
    macro_f1,
    out_of_scope,
    percentile,
    summary,
    sweep,
    within_loss,
)
from bench.report import TARGETS
from bench.report_learning import part_of
from bench.report_tables import Target, by_intent, confusions, judge, kinds, loss, voices
from bench.sentences import learnt
from bench.understanding import read_rows, write_floor

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = {"n", "accuracy", "macro_f1", "service_accuracy", "emergency_recall", "ms_per_message_p50", "ms_per_message_p95"}
SMALL = (
    "家里停电了\treport_outage\telectricity\n你好\tgreet\t-\t老人\n家里有煤气味\treport_emergency\tgas\t老人\tmore\n"
)


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", f"bench.{module}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def read(wanted: str, got: str, confidence: float = 1.0, outside: float = 0.0, text: str = "") -> Read:
    """A sentence of which the model tells two intents: `got`, and out_of_scope where it is not the same."""
    ranking = ((got, confidence),) if got == "out_of_scope" else ((got, confidence), ("out_of_scope", outside))
    return Read(Row(text or wanted, wanted, "-"), got, confidence, None, ranking)


# --- the commands ------------------------------------------------------------------------------------------------------
def test_it_scores_a_file(tmp_path: Path) -> None:
    file = tmp_path / "some.tsv"
    file.write_text(SMALL, encoding="utf-8")
    done = run("understanding", str(file))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.keys() >= KEYS | ALLOWED.keys()
    assert (found["n"], found["accuracy"], found["service_accuracy"], found["emergency_recall"]) == (3, 1.0, 1.0, 1.0)


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wrong.tsv"
    file.write_text("家里停电了\treport_outage\telectricity\n没有列\n", encoding="utf-8")
    done = run("understanding", str(file))
    assert done.returncode == 2
    assert "wrong.tsv:2" in done.stderr


def test_the_report_is_one_page_that_needs_nothing_else(tmp_path: Path) -> None:
    file, page = tmp_path / "some.tsv", tmp_path / "page" / "report.html"
    file.write_text(SMALL + "<b>你们</b>卖火车票吗\tout_of_scope\t-\n", encoding="utf-8")
    done = run("report", str(file), "--out", str(page))
    assert done.returncode == 0, done.stderr
    found, text = json.loads(done.stdout.splitlines()[-1]), page.read_text(encoding="utf-8")
    assert found.keys() >= KEYS | {target.figure for target in TARGETS}
    assert '<html lang="en">' in text and "<b>" not in text
    assert re.findall(r'(?:src|href)="(?!#|data:)', text) == []
    assert len(re.findall(r"<img ", text)) == len(re.findall(r'<img [^>]*alt="[^"]{20,}"', text)) >= 4
    assert re.findall(r"<th>", text) == []
    assert all(target.label in text for target in TARGETS)


# --- the file ----------------------------------------------------------------------------------------------------------
def test_a_fourth_column_is_the_voice(tmp_path: Path) -> None:
    file = tmp_path / "some.tsv"
    file.write_text(SMALL, encoding="utf-8")
    assert [row.voice for row in read_rows(file)] == ["", "老人", "老人"]


def test_the_floor_is_written_and_says_what_it_gives_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "floor.json"
    good = summary([read("report_emergency", "report_emergency"), read("greet", "greet")])
    write_floor(good, path)
    assert "LOWERED" not in capsys.readouterr().out
    assert json.loads(path.read_text(encoding="utf-8")) == {name: good[name] for name in ("n", *ALLOWED)}
    write_floor(good | {"top3": 0.5}, path)
    assert "LOWERED: top3 was 1.0, is 0.5" in capsys.readouterr().out


# --- the figures -------------------------------------------------------------------------------------------------------
def test_macro_f1_counts_each_intent_alike() -> None:
    # a: 2 of 3 found, never said wrongly: 2·2/(3+2) = 0.8; b: found, but said for an a as well: 2·1/(1+2) = 2/3
    reads = [read("a", "a"), read("a", "a"), read("a", "b"), read("b", "b")]
    assert macro_f1(reads) == pytest.approx((0.8 + 2 / 3) / 2)
    # an intent that is said but never meant takes nothing from the mean but its victim's recall
    assert macro_f1([read("a", "a"), read("a", "c")]) == pytest.approx(2 / 3)


def test_calibration_error_weighs_bins_by_size() -> None:
    # two at 0.9, one of them right: |0.5 - 0.9|; two at 0.2, none right: 0.2; half of the sentences each
    reads = [read("a", "a", 0.9), read("a", "b", 0.9), read("a", "b", 0.2), read("a", "b", 0.2)]
    assert calibration(reads) == [Bin(2, 0.2, 0.0), Bin(2, 0.9, 0.5)]
    assert calibration_error(reads) == pytest.approx(0.5 * 0.4 + 0.5 * 0.2)
    assert calibration([read("a", "a", 1.0)]) == [Bin(1, 1.0, 1.0)]


def test_the_sweep_goes_through_every_threshold() -> None:
    # strangers at 0.9, 0.5, 0.1; served at 0.5 (as sure as a stranger: both fall together) and 0.0
    points = sweep([0.9, 0.5, 0.1, 0.5, 0.0], [True, True, True, False, False])
    assert points == [Point(0.9, 1 / 3, 0.0), Point(0.5, 2 / 3, 0.5), Point(0.1, 1.0, 0.5), Point(0.0, 1.0, 1.0)]
    assert within_loss(points, 0.03) == points[0]
    assert within_loss(points, 0.5) == points[2]
    assert sweep([0.5], [True]) == [] and within_loss([], 0.5) is None


def test_out_of_scope_as_it_is_and_as_it_could_be() -> None:
    strangers = [read("out_of_scope", "out_of_scope", 0.8), read("out_of_scope", "greet", 0.3, 0.25)]
    served = [read("greet", "greet", 0.9, 0.05), read("greet", "greet", 0.6, 0.2)]
    found = out_of_scope(strangers + served)
    assert (found["oos_recall"], found["oos_loss"]) == (0.5, 0.0)
    # with a threshold at 0.25 the second is found as well, and nobody is lost
    assert (found["oos_recall_at_3"], found["oos_threshold"]) == (1.0, 0.25)
    # doubt: 1 (nothing but out_of_scope is told), 0.7; 0.1, 0.4
    assert found["oos_recall_at_3_by_doubt"] == 1.0


def test_no_threshold_is_mild_enough() -> None:
    found = out_of_scope([read("out_of_scope", "greet", 0.9, 0.1), read("greet", "greet", 0.5, 0.4)])
    assert (found["oos_recall_at_3"], found["oos_threshold"]) == (0.0, None)


def test_what_a_file_does_not_hold_is_not_scored() -> None:
    found = summary([read("greet", "greet")])
    silent = ("service_accuracy", "emergency_recall", "oos_recall", "oos_recall_at_3", "oos_threshold")
    assert {name for name, value in found.items() if value is None} == {*silent, "oos_recall_at_3_by_doubt"}


def test_percentiles() -> None:
    assert [percentile([5.0, 1.0, 3.0], part) for part in (0.0, 0.5, 0.95, 1.0)] == [1.0, 3.0, 3.0, 5.0]


def test_one_point_is_allowed_and_more_is_not() -> None:
    floor = dict.fromkeys(ALLOWED, 0.9) | {"emergency_false_alarms": 0.005}
    assert falls({**floor, "accuracy": 0.89}, floor) == []
    assert falls({**floor, "accuracy": 0.8899}, floor) == ["accuracy was 0.9, is 0.8899 (allowed: -0.01)"]
    assert falls({**floor, "emergency_false_alarms": 0.01}, floor) == []
    assert len(falls({**floor, "emergency_false_alarms": 0.0101, "top3": None}, floor)) == 2


# --- the tables --------------------------------------------------------------------------------------------------------
def test_confusions_are_counted_with_five_examples() -> None:
    wrong = [read("a", "b", text=f"say {number}") for number in range(7)]
    (first, second) = confusions([read("b", "a"), read("a", "a"), *wrong])
    assert (first.wanted, first.got, first.times, second.times) == ("a", "b", 7, 1)
    assert first.examples == [f"say {number}" for number in range(5)]


def test_intents_have_precision_and_recall() -> None:
    scores = {s.intent: s for s in by_intent([read("a", "a"), read("a", "b"), read("b", "b"), read("a", "c")])}
    assert (scores["a"].precision, scores["a"].recall) == (1.0, 0.3333)
    assert (scores["b"].precision, scores["b"].recall) == (0.5, 1.0)
    assert (scores["c"].wanted, scores["c"].said, scores["c"].recall) == (0, 1, None)


def test_voices_and_kinds() -> None:
    old, plain = read("a", "a", text="樓下停電了😭"), read("a", "b", text="家里停电了怎么办啊什么时候来 13:00")
    named = [old._replace(row=old.row._replace(voice="old")), plain]
    assert [(one.name, one.size, one.accuracy) for one in voices(named)] == [("old", 1, 1.0)]
    assert {one.name: one.accuracy for one in kinds(named)} == {
        "6 characters or fewer": 1.0,
        "16 to 30 characters": 0.0,
        "has figures": 0.0,
        "traditional characters": 1.0,
        "has punctuation": 0.0,
        "has emoji": 1.0,
    }


def test_targets_are_floors_or_limits() -> None:
    targets = [Target("up", "", 0.9), Target("down", "", 0.05, most=True), Target("none", "", 1.0)]
    assert [one.met for one in judge({"up": 0.9, "down": 0.06}, targets)] == [True, False, None]


def test_a_loss_is_what_the_same_sentences_lose() -> None:
    clean = [read("a", "a", text="x"), read("a", "a", text="y")]
    after = loss("noise", clean, [clean[0], read("a", "b", text="z")])
    assert (after.changed, after.accuracy, after.loss) == (0.5, 0.5, 0.5)


def test_a_larger_part_holds_the_smaller() -> None:
    sentences = learnt()
    small, large, whole = (set(part_of(sentences, part)) for part in (10, 25, 100))
    assert small < large < whole == set(sentences)
    assert {row.intent for row in small} == {row.intent for row in whole}
