"""The company's own places: what customers say, and which place it means: one, several that fit alike, or none."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from demo.places import place_rows
from kefu.db.session import Database
from kefu.network.models import Place
from kefu.network.place_names import name_of
from kefu.network.places import Index, Known, by_codes, canonical, has_namesake, mentioned, placed, resolve, resolve_in
from kefu.nlu.values.address import find_addresses


def known(name: str, where: str = "", *aliases: str, kind: str = "community") -> Known:
    """`where`: district road number, with blanks between."""
    district, road, number = [*where.split(" "), "", ""][:3]
    return Known(f"{name}@{where}", name, district, road, number, kind, aliases)


CITY = Index(
    [
        known("阳光花园", "临江区 人民路 88号", "供电局宿舍", "阳光小区"),
        known("滨江家园", "临江区 滨江大道 126号", "江边小区"),
        known("东湖苑", "东湖区 湖滨路 36号", "老干所"),
        known("翠竹小区", "东湖区 翠竹街 15号"),
        known("北山新村", "北山区 北山路 201号", "机床厂家属院"),
        known("松涛公寓", "北山区 松涛路 9号"),
        known("柳林里", "临江区 柳林街 58号"),
        known("荷塘花园", "东湖区 荷塘路 77号", "荷塘月色"),
        known("王家村", "云溪县", "王家庄", kind="village"),
        known("石门村", "云溪县", kind="village"),
        known("和平小区", "临江区 和平路 3号"),
        known("和平小区", "北山区 矿山路 17号", "矿务局宿舍"),
        known("锦绣花园", "东湖区 锦绣路 21号"),
        known("锦绣花园二期", "东湖区 锦绣路 23号"),
        known("金桂苑一期", "北山区 金桂路 1号"),
        known("金桂苑二期", "北山区 金桂路 5号"),
        known("梧桐花园", "东湖区 梧桐路 2号"),
        known("梧桐花苑", "临江区 江岸路 6号"),
        known("三里屯公寓", "临江区 三里街 7号"),
        known("翡翠城B区", "东湖区 翡翠路 8号"),
    ]
)
TWO_PEACE = "和平小区 和平小区"
PHRASES = [
    # its own name, however written
    ("阳光花园5号楼2单元501", "阳光花园"),
    ("陽光花園５號樓２單元５０１", "阳光花园"),
    ("阳光花园小区五号楼", "阳光花园"),
    ("人民路88号阳光花园5号楼", "阳光花园"),
    ("临江区人民路88号阳光花园5号楼", "阳光花园"),
    ("翠竹小区9号楼", "翠竹小区"),
    ("王家村12号", "王家村"),
    ("三里屯公寓2号楼", "三里屯公寓"),
    ("翡翠城B区9栋1704", "翡翠城B区"),
    ("翡翠城b区九栋", "翡翠城B区"),
    # aliases
    ("供电局宿舍3号楼", "阳光花园"),
    ("阳光小区3号楼", "阳光花园"),
    ("机床厂家属院6号楼", "北山新村"),
    ("机床场家属院6号楼", "北山新村"),
    ("王家庄12号", "王家村"),
    ("矿务局宿舍4号楼", "和平小区"),
    # homophones and dialect sounds
    ("阳光化园5号楼", "阳光花园"),
    ("阳光花圆5号楼", "阳光花园"),
    ("洋光花园5号楼", "阳光花园"),
    ("宾江家园6号楼", "滨江家园"),
    ("宾江家圆小区6号楼", "滨江家园"),
    ("东胡苑7号楼", "东湖苑"),
    ("冬湖院7号楼", "东湖苑"),
    ("翠竺小区9号楼", "翠竹小区"),
    ("脆竹小区9号楼", "翠竹小区"),
    ("松滔公寓1号楼", "松涛公寓"),
    ("刘林里2号楼", "柳林里"),
    ("纽林里2号楼", "柳林里"),
    ("荷糖花园6号楼", "荷塘花园"),
    ("王佳村12号", "王家村"),
    ("仁民路88号", "阳光花园"),
    # one character wrong
    ("阳光花国5号楼", "阳光花园"),
    ("机床厂家层院6号楼", "北山新村"),
    # parts missing
    ("阳光5号楼", "阳光花园"),
    ("翠竹4号楼", "翠竹小区"),
    ("北山12号楼", "北山新村"),
    ("松涛1号楼", "松涛公寓"),
    ("人民路88号", "阳光花园"),
    ("人民路88号5号楼2单元501", "阳光花园"),
    ("滨江大道126号6号楼", "滨江家园"),
    ("临江阳光花园5号楼", "阳光花园"),
    # two fit, and what tells them apart
    ("和平小区3号楼", TWO_PEACE),
    ("合平小区3号楼", TWO_PEACE),
    ("和平3号楼", TWO_PEACE),
    ("和平路和平小区3号楼", "和平小区"),
    ("北山区和平小区3号楼", "和平小区"),
    ("金桂苑3号楼", "金桂苑一期 金桂苑二期"),
    ("金桂苑二期3号楼", "金桂苑二期"),
    ("梧桐3号楼", "梧桐花园 梧桐花苑"),
    ("梧桐花元3号楼", "梧桐花园 梧桐花苑"),
    # names that begin alike
    ("梧桐花园3号楼", "梧桐花园"),
    ("梧桐花苑3号楼", "梧桐花苑"),
    ("锦绣花园3号楼", "锦绣花园"),
    ("锦绣花园二期3号楼", "锦绣花园二期"),
    ("锦绣花园2期3号楼", "锦绣花园二期"),
    ("锦绣花园三期3号楼", ""),
    ("阳光花园二期3号楼", ""),
    ("翡翠城A区9栋", ""),
    # not ours: another name is another place
    ("滨江花园3号楼", ""),
    ("阳光家园5号楼", ""),
    ("朝阳花园3号楼", ""),
    ("海棠花园6号楼", ""),
    ("莲塘花园6号楼", ""),
    ("东福苑2号楼", ""),
    ("幸福里5号楼", ""),
    ("锦江国际花园3号楼", ""),
    ("东湖区阳光花园5号楼", ""),
    ("解放路9号", ""),
    ("人民路90号底商2号", ""),
    ("张家村3号", ""),
    ("3号楼", ""),
    ("3号楼2单元501", ""),
    ("2单元501", ""),
]


@pytest.mark.parametrize(("text", "wanted"), PHRASES)
def test_phrases(text: str, wanted: str) -> None:
    said = find_addresses(text)[0].value
    assert " ".join(place.name for place in resolve_in(CITY, said).places) == wanted


def test_there_are_sixty_of_them() -> None:
    assert len(PHRASES) >= 60


@pytest.mark.parametrize(
    "said",
    [
        {"community": "王建国"},
        {"community": "张阳光"},
        {"community": "花园"},
        {"community": "小区"},
        {"community": "园"},
        {"community": "的"},
        {"community": "88"},
        {"community": "二期"},
        {"community": "，。！"},
        {"community": "😀😀"},
        {"community": None},
        {"road": "人民路"},
        {"road": "", "road_number": "88号"},
        {"road": "不存在路", "road_number": "88号"},
        {"road": "人民路", "road_number": "8号"},
        {"text": "阳光花园"},
        {},
    ],
)
def test_what_names_no_place(said: dict[str, str | None]) -> None:
    assert resolve_in(CITY, said).places == ()


def test_an_empty_list_of_places_resolves_nothing() -> None:
    assert resolve_in(Index([]), {"community": "阳光花园", "road": "人民路", "road_number": "88号"}).places == ()


def test_a_gate_on_another_road_is_still_ours_under_the_exact_name_only() -> None:
    assert resolve_in(CITY, {"road": "解放路", "community": "阳光花园"}).one is not None
    assert resolve_in(CITY, {"road": "解放路", "community": "阳光化园"}).one is None


def test_the_company_s_own_spelling_is_known_as_such() -> None:
    assert resolve_in(CITY, {"community": "阳光花园"}).exact
    assert not resolve_in(CITY, {"community": "阳光化园"}).exact


# --- free words ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("我们供电局宿舍这边全黑了", "供电局宿舍"),
        ("老干所", "老干所"),
        ("荷塘月色2号楼", "荷塘月色"),
        ("彬江家圆6号楼没电", "彬江家圆"),
        ("阳光化园停电了", "阳光化园"),
        ("东湖院停电了", None),
        ("阳光花园旁边的小卖部", "阳光花园"),
        ("锦绣花园二期门口", "锦绣花园2期"),
        ("阳光花园二期门口", None),
        ("家里停电了", None),
        ("", None),
    ],
)
def test_a_name_in_free_words(text: str, wanted: str | None) -> None:
    assert CITY.mentioned(text) == wanted


# --- the result ----------------------------------------------------------------------------------------------------------
def test_building_unit_and_room_stay_under_the_own_name() -> None:
    said = find_addresses("阳光化园5号楼2单元501")[0].value
    one = resolve_in(CITY, said).one
    assert one is not None
    parts = canonical(one, said)
    assert (parts["community"], parts["building"], parts["unit"], parts["room"]) == (
        "阳光花园",
        "5号楼",
        "2单元",
        "501",
    )
    assert parts["place"]["code"] == one.code


def test_a_misheard_road_is_put_right_and_a_missing_community_added() -> None:
    said = find_addresses("仁民路88号5号楼")[0].value
    one = resolve_in(CITY, said).one
    assert one is not None
    parts = canonical(one, said)
    assert (parts["road"], parts["road_number"], parts["community"]) == ("人民路", "88号", "阳光花园")


def test_a_namesake_gets_its_road() -> None:
    one = resolve_in(CITY, {"community": "和平小区", "district": "北山区"}).one
    assert one is not None and canonical(one, {"community": "和平小区"}, namesakes=True)["road"] == "矿山路"
    assert one.title == "北山区矿山路17号的和平小区"


def test_name_parts() -> None:
    name = name_of("阳光花园第二期")
    assert (name.body, name.kind, name.zone) == ("阳光", "花园", "2期")


# --- in the database -----------------------------------------------------------------------------------------------------
@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        session.add_all(Place(**row) for row in place_rows())
        session.flush()
        yield session


def test_the_city_s_places(session: Session) -> None:
    one = resolve(session, {"community": "供电局宿舍"}).one
    assert one is not None and (one.name, one.road) == ("阳光花园", "人民路")
    assert [place.name for place in resolve(session, {"community": "和平小区"}).places] == ["和平小区"] * 2
    assert mentioned(session, "毛纺厂宿舍没电") == "毛纺厂宿舍"
    assert by_codes(session, ["P-002", "P-NONE"])[0].name == "滨江家园"
    assert not has_namesake(session, one)
    assert placed(session, {"community": "阳光化园", "building": "5号楼"})["text"] == "阳光花园5号楼"
    assert placed(session, {"community": "幸福里", "building": "5号楼"})["text"] == "幸福里5号楼"


def test_a_change_counts_at_once(session: Session) -> None:
    assert resolve(session, {"community": "水电八局家属院"}).places == ()
    place = session.get(Place, "P-003")
    assert place is not None
    place.aliases = [*place.aliases, "水电八局家属院"]
    session.flush()
    assert [p.name for p in resolve(session, {"community": "水电八局家属院"}).places] == ["东湖苑"]


# --- anything at all -----------------------------------------------------------------------------------------------------
@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.text(max_size=12), st.text(max_size=12))
def test_any_text_gives_a_result(text: str, road: str, number: str) -> None:
    resolve_in(CITY, {"community": text, "road": road, "road_number": number, "district": number})
    resolve_in(CITY, {"road": road, "road_number": number})
    CITY.mentioned(text)
    for value in find_addresses(text):
        resolve_in(CITY, value.value)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="阳光花园化苑二期号楼5一小区和平梧桐锦绣村路人民", max_size=14))
def test_texts_made_of_names_give_a_result_that_is_ours(text: str) -> None:
    for place in resolve_in(CITY, {"community": text}).places:
        assert place in CITY.places


def test_two_thousand_places_are_quick() -> None:
    """A question must not wait for a big city: 10 ms here are some 2 when quiet."""
    chance = random.Random(1)
    heads = [a + b for a in "阳光东西南北金银翠紫锦绣滨江松竹梅兰" for b in "湖山林泉花桥园城水源石溪"]
    kinds = ["花园", "家园", "苑", "小区", "公寓", "新村", "里", "名都"]
    names = {chance.choice(heads) + chance.choice(("", *"春夏秋冬云月")) + chance.choice(kinds) for _ in range(6000)}
    city = Index([Known(str(n), name, "", "路", "1号") for n, name in enumerate(sorted(names)[:2000])])
    resolve_in(city, {"community": "阳湖花元"})
    start = time.perf_counter()
    for number in range(20):
        resolve_in(city, {"community": chance.choice(heads) + "花元", "building": f"{number}号楼"})
    assert (time.perf_counter() - start) / 20 < 0.05
