"""`kefu import`: files as people save them, all or nothing, every refused row with its line and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from kefu.accounts.models import Account
from kefu.cli import main
from kefu.db.migrate import migrate
from kefu.db.session import Database, use_database
from kefu.imports.kinds import KINDS
from kefu.imports.run import Outcome, import_files, report, spans
from kefu.network.models import Area, NetworkMove, Place
from kefu.network.tree import network
from kefu.settings import ROOT

AREAS = "编码,服务,类型,名称,上级\nT1,电,台区,一号台区,F1\nF1,电,线路,人民线,S1\nS1,供电,变电站,城东站,\n"
ACCOUNTS = "户号,服务,户名,地址,所属区域,电话\n00123456,电,张三,云江市临江区滨江街道阳光花园５栋２单元501,T1,１３８００００００００\n"
PLACES = "编码,名称,区县,别名\nP-1,阳光花园,临江区,供电局宿舍、电业大院\n"
Import = Callable[..., Outcome]


@pytest.fixture
def bring(database: Database, tmp_path: Path) -> Import:
    """Import texts (or bytes), each as a file of that name."""

    def run(dry: bool = False, **files: str | bytes) -> Outcome:
        paths = []
        for name, content in files.items():
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_files(database, paths, lambda words: None, dry)

    return run


def counts(database: Database) -> list[int]:
    with database.read() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Area, Place, Account, NetworkMove)
        ]


def reasons(outcome: Outcome) -> list[tuple[str, int]]:
    return [(Path(one.file).stem, one.line) for one in outcome.refused]


# --- what goes in --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_whole_network_in_any_order_and_encoding(bring: Import, database: Database, encoding: str) -> None:
    files = {"accounts": ACCOUNTS, "areas": AREAS, "places": PLACES}
    outcome = bring(
        **{
            name: text.replace(",", "\t" if encoding == "utf-16" else ",").encode(encoding)
            for name, text in files.items()
        }
    )
    assert outcome.refused == [] and counts(database) == [3, 1, 1, 0]
    with database.read() as session:
        account = session.get_one(Account, "00123456")
        assert (account.phone, account.community, account.building) == ("13800000000", "阳光花园", "5号楼")
        assert (account.address_parts["unit"], account.address_parts["room"]) == ("2单元", "501")
        now = network(session)
        assert now.path(now.leaf_of(account)) == ["T1", "F1", "S1"] and now.homes["S1"] == 1
        assert session.get_one(Place, "P-1").aliases == ["供电局宿舍", "电业大院"]


def test_again_it_changes_nothing_and_a_dated_row_moves(bring: Import, database: Database) -> None:
    bring(areas=AREAS, accounts=ACCOUNTS)
    again = bring(areas=AREAS, accounts=ACCOUNTS)
    assert [(one.new, one.there) for one in again.loads] == [(0, 3), (0, 1)] and counts(database)[3] == 0
    moved = "编码,服务,类型,名称,上级,生效时间\nS2,电,变电站,城西站,,\nF1,电,线路,人民线,S2,2099/1/5 8:00\n"
    assert bring(areas=moved).refused == []
    with database.read() as session:
        (move,) = session.scalars(select(NetworkMove))
        assert (move.code, move.parent_code, move.valid_from.isoformat()) == ("F1", "S2", "2099-01-05T00:00:00+00:00")


def test_an_empty_cell_leaves_what_is_there(bring: Import, database: Database) -> None:
    bring(areas=AREAS, accounts=ACCOUNTS)
    bring(户='户号,服务,户名,地址,电话,单元\n="00123456",electricity,李四,阳光花园5号楼,,3单元\n')
    with database.read() as session:
        account = session.get_one(Account, "00123456")
        assert (account.holder, account.phone, account.area_code) == ("李四", "13800000000", "T1")
        assert (account.address_parts["unit"], account.building) == ("3单元", "5号楼")


def test_an_alias_in_an_address_is_the_place_the_dialogue_knows(bring: Import, database: Database) -> None:
    accounts = "户号,服务,户名,地址\n00123456,水,张三,供电局宿舍3号楼\n00123457,水,李四,某处\n00123458,水,王五,某处\n"
    outcome = bring(accounts=accounts, places=PLACES)
    assert outcome.loads[1].unread == [3, 4] and "2 of 3 addresses: lines 3–4" in report(outcome, dry=False)
    with database.read() as session:
        assert session.get_one(Account, "00123456").community == "阳光花园"


def test_spans() -> None:
    assert spans([9, 2, 3, 4]) == "2–4, 9"


# --- what is refused -----------------------------------------------------------------------------------------------------
def test_every_refused_row_is_told_with_its_line_and_nothing_is_written(bring: Import, database: Database) -> None:
    good = ACCOUNTS.replace(",T1,", ",,")
    bad = (
        "12,电,张三,x,,\n"
        '"00123457","光","张\n三",x,,\n'
        "1.2E+11,电,张三,x,,\n"
        "00123459,电,张三,x,T9,\n"
        "00123456,电,张三,x,,\n"
        "00123460,电,,x,,abc,多\n"
    )
    outcome = bring(accounts=good + bad)
    assert reasons(outcome) == [("accounts", line) for line in (3, 4, 6, 7, 8, 9)]
    told = report(outcome, dry=False)
    for part in ("户号", "只能是", "科学记数", "没有区域 T9", "第2行", "7格", "nothing was written"):
        assert part in told
    assert counts(database) == [0, 0, 0, 0]


def test_one_wrong_file_keeps_the_others_out(bring: Import, database: Database) -> None:
    outcome = bring(areas=AREAS.replace("S1\nS1", "S9\nS1"), places=PLACES, accounts=ACCOUNTS)
    assert reasons(outcome) == [("areas", 3)] and counts(database) == [0, 0, 0, 0]
    assert bring(dry=True, areas=AREAS, accounts=ACCOUNTS).refused == [] and counts(database) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "content"),
    [("areas", ""), ("areas", "a,b\n1,2\n"), ("strange", "a,b\n1,2\n"), ("areas", AREAS.replace("上级", "备注", 1))]
    + [
        ("areas", AREAS.replace("名称", "编码", 1)),
        ("accounts", b"\xff\xff\xff"),
        ("areas", AREAS + '"' + "x" * 200_000),
    ],
    ids=range(7),
)
def test_a_file_that_makes_no_sense_is_one_refusal(bring: Import, database: Database, name: str, content: Any) -> None:
    outcome = bring(**{name: content})
    assert len(outcome.refused) == 1 and counts(database) == [0, 0, 0, 0]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('garbage') / 'x.db'}")
    migrate(made)
    yield made
    made.dispose()


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["电", "00123456", "T1", "2026/1/5", "1E5", '"', "\0", "，", "'1", '="', "是", "-1", "9" * 400, "楼" * 300]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(KINDS),
    st.lists(st.lists(CELLS, max_size=9), max_size=4),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    st.booleans(),
    st.binary(max_size=20),
)
def test_garbage_is_never_a_stack_trace_and_never_half_an_effect(
    empty: Database,
    tmp_path_factory: pytest.TempPathFactory,
    kind: Any,
    rows: Any,
    encoding: str,
    headed: bool,
    tail: bytes,
) -> None:
    header = [[column.field for column in kind.columns][:9]] if headed else []
    text = "\n".join(",".join(row) for row in header + rows)
    file = tmp_path_factory.mktemp("garbage") / f"{kind.name}.csv"
    file.write_bytes(text.encode(encoding, "ignore") + tail)
    before = counts(empty)
    outcome = import_files(empty, [file], lambda words: None)
    written = sum(load.new for load in outcome.loads) if not outcome.refused else 0
    assert sum(counts(empty)[:3]) - sum(before[:3]) == written
    assert all(one.line >= 1 and one.reason for one in outcome.refused)


def test_exit_codes_and_where_what_is_said(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    areas = tmp_path / "areas.csv"
    areas.write_text(AREAS, encoding="utf-8")
    use_database(database)
    try:
        assert main(["import", str(tmp_path / "none.csv"), str(areas)]) == 1
        bad = capsys.readouterr()
        assert main(["import", str(areas)]) == 0
        good = capsys.readouterr()
    finally:
        use_database(None)
    assert bad.out == "" and "none.csv" in bad.err and "nothing was written" in bad.err
    assert "3 new" in good.out and "areas.csv" in good.err


# --- the page ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_heading_means_one_column_and_stands_on_the_page(kind: Any) -> None:
    headings = list(chain.from_iterable(column.known() for column in kind.columns))
    assert len(headings) == len(set(headings))
    page = (ROOT / "docs" / "network.md").read_text(encoding="utf-8")
    for column in kind.columns:
        assert all(f"`{name}`" in page for name in (column.field, *column.titles)), column
        assert all(word in page for word in chain.from_iterable((column.words or {}).values())), column
