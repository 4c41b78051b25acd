"""Addresses in Chinese text: parts, hostile phrases, negation, merging, speed."""

import time

import pytest

from kefu.nlu.values.address import address_text, find_addresses, merge_address

HOME = {"community": "阳光花园", "building": "5号楼", "unit": "2单元", "room": "501"}
ROAD = {"road": "人民路", "road_number": "88号"}


def B(building, unit=None, room=None, **more):
    parts = {"building": building, "unit": unit, "room": room, **more}
    return {kind: value for kind, value in parts.items() if value}


CASES = [
    # whole addresses
    ("人民路88号阳光花园5号楼2单元501", [{**ROAD, **HOME}]),
    ("人民路88号阳光花园5号楼2单元501,13812345678", [{**ROAD, **HOME}]),
    ("临江区人民路88号阳光花园5号楼2单元501", [{"district": "临江区", **ROAD, **HOME}]),
    ("我爸妈家停电了 滨江花园3号楼2单元501", [B("3号楼", "2单元", "501", community="滨江花园")]),
    ("我家住阳光花园五号楼二单元五零一停电俩小时了电话幺三八幺二三四五六七八", [HOME]),
    ("阳光花园5号楼2单元501没电了快来", [HOME]),
    ("阳光花园5号楼2单元501室，我姓刘", [HOME]),
    ("阳光花园小区5号楼2单元501", [HOME]),
    ("陽光花園５號樓２單元５０１", [HOME]),
    ("阳光花园的5号楼2单元501", [HOME]),
    ("阳光花园 5号楼 2单元 501", [HOME]),
    ("阳光花园，5号楼，2单元，501", [HOME]),
    ("我家在阳光花园5号楼2单元501", [HOME]),
    ("地址是阳光花园5-2-501", [HOME]),
    ("阳光花园5#2-501", [HOME]),
    ("阳光花园5栋2门501", [HOME]),
    ("阳光花园5幢2单元601号", [{**HOME, "room": "601"}]),
    ("阳光花园5号楼2单元5楼501", [HOME]),
    ("没水啊锦绣花园6号楼3单元201", [B("6号楼", "3单元", "201", community="锦绣花园")]),
    ("我姓刘，电话13712345678，住桃园小区9号楼1单元502", [B("9号楼", "1单元", "502", community="桃园小区")]),
    ("翡翠城B区9栋1704", [B("9号楼", None, "1704", community="翡翠城B区")]),
    ("桂园新村二十三幢丙单元", [B("23号楼", "丙单元", community="桂园新村")]),
    ("康乐花园 七栋 七零三", [B("7号楼", None, "703", community="康乐花园")]),
    ("永安里8栋，整个单元，昨晚十点起", [B("8号楼", community="永安里")]),
    ("紫荆苑 4-2-601", [B("4号楼", "2单元", "601", community="紫荆苑")]),
    ("明珠城，十五洞二单元", [B("15号楼", "2单元", community="明珠城")]),
    ("万科5号楼501", [B("5号楼", None, "501", community="万科")]),
    ("滨江壹号12座", [B("12号楼", community="滨江壹号")]),
    ("北山新村12号楼2单元302，没暖气", [B("12号楼", "2单元", "302", community="北山新村")]),
    (
        "湖滨路36号东湖苑7号楼3单元402",
        [B("7号楼", "3单元", "402", road="湖滨路", road_number="36号", community="东湖苑")],
    ),
    ("和平里小区二期3号楼", [B("3号楼", community="和平里小区二期")]),
    ("人民路90号底商2号", [{"road": "人民路", "road_number": "90号", "room": "底商2号"}]),
    ("中山北路三百二十六弄14号602室", [{"road": "中山北路", "road_number": "326弄14号", "room": "602"}]),
    # bare parts
    ("三号楼二单元", [B("3号楼", "2单元")]),
    ("5号楼501", [B("5号楼", None, "501")]),
    ("五号楼 402", [B("5号楼", None, "402")]),
    ("2单元501", [{"unit": "2单元", "room": "501"}]),
    ("2门501", []),
    ("302室", [{"room": "302"}]),
    ("三零二室", [{"room": "302"}]),
    ("十二栋", [B("12号楼")]),
    ("3#楼", [B("3号楼")]),
    ("3#2单元501", [B("3号楼", "2单元", "501")]),
    ("三幢", [B("3号楼")]),
    ("3座", [B("3号楼")]),
    ("3號樓", [B("3号楼")]),
    ("A座1203", [B("A座", None, "1203")]),
    ("a座", [B("A座")]),
    ("A3栋", [B("A3号楼")]),
    ("3号2单元", [B("3号楼", "2单元")]),
    ("5-2-501", [B("5号楼", "2单元", "501")]),
    ("五栋二门", [B("5号楼", "2单元")]),
    ("我们五栋一片漆黑", [B("5号楼")]),
    ("三单元五楼东户", [{"unit": "3单元", "detail": "5楼东户"}]),
    ("5号楼五零一一直没电", [B("5号楼", None, "501")]),
    ("5号楼501两天没电了", [B("5号楼", None, "501")]),
    # communities, roads, crossings, villages, points
    ("幸福小区", [{"community": "幸福小区"}]),
    ("滨江花园", [{"community": "滨江花园"}]),
    ("东湖苑", [{"community": "东湖苑"}]),
    ("永安里", [{"community": "永安里"}]),
    ("丽景湾", [{"community": "丽景湾"}]),
    ("jinxiu小区5栋", [B("5号楼", community="jinxiu小区")]),
    ("我在阳光花园这边", [{"community": "阳光花园"}]),
    ("打错字了，是“翠湖苑”", [{"community": "翠湖苑"}]),
    ("二环路", [{"road": "二环路"}]),
    ("人民路118号", [{"road": "人民路", "road_number": "118号"}]),
    ("滨江大道126号", [{"road": "滨江大道", "road_number": "126号"}]),
    ("西马巷五号", [{"road": "西马巷", "road_number": "5号"}]),
    ("建设路与人民街交叉口", [{"road": "建设路", "detail": "与人民街交叉口"}]),
    ("地址是建设东路与文昌街交叉口西南角", [{"road": "建设东路", "detail": "与文昌街交叉口西南角"}]),
    ("和平路和中山路路口", [{"road": "和平路", "detail": "和中山路路口"}]),
    ("王家庄村东头第三家", [{"village": "王家庄村", "detail": "东头第三家"}]),
    ("王家村12号", [{"village": "王家村", "road_number": "12号"}]),
    ("云溪县石门村18号", [{"district": "云溪县", "village": "石门村", "road_number": "18号"}]),
    ("城关镇李庄", [{"town": "城关镇", "village": "李庄"}]),
    ("东风镇石桥村", [{"town": "东风镇", "village": "石桥村"}]),
    ("十里铺", [{"village": "十里铺"}]),
    ("锦绣花园门口", [{"community": "锦绣花园", "detail": "门口"}]),
    ("实验小学后门", [{"community": "实验小学", "detail": "后门"}]),
    ("阳光花园北门", [{"community": "阳光花园", "detail": "北门"}]),
    ("有人触电！幸福里北门！", [{"community": "幸福里", "detail": "北门"}]),
    ("就阳光花园5号楼楼下，挨着北门", [B("5号楼", community="阳光花园", detail="楼下挨着北门")]),
    ("阳光花园5号楼，楼上楼下都没水", [B("5号楼", community="阳光花园")]),
    ("5号楼对面", [B("5号楼", detail="对面")]),
    ("水岸花城五栋负一楼", [B("5号楼", community="水岸花城", detail="负1楼")]),
    # two places
    ("阳光花园5号楼停电，滨江花园也停了", [B("5号楼", community="阳光花园"), {"community": "滨江花园"}]),
    ("3号楼、5号楼都没水", [B("3号楼"), B("5号楼")]),
    ("阳光花园和滨江家园", [{"community": "阳光花园"}, {"community": "滨江家园"}]),
    # negation
    ("不是三号楼，是五号楼", [B("3号楼", negated=True), B("5号楼")]),
    ("是五号楼，不是三号楼", [B("5号楼"), B("3号楼", negated=True)]),
    ("等等我说错了 不是3号楼 是5号楼 几零几没变", [B("3号楼", negated=True), B("5号楼")]),
    ("不在阳光花园，在滨江花园", [{"community": "阳光花园", "negated": True}, {"community": "滨江花园"}]),
    ("不在阳光花园，在5号楼", [{"community": "阳光花园", "negated": True}, B("5号楼")]),
    ("3号楼说错了，是5号楼", [B("3号楼", negated=True), B("5号楼")]),
    ("3号楼，不对，5号楼", [B("3号楼", negated=True), B("5号楼")]),
    ("把3号楼改成5号楼", [B("3号楼", negated=True), B("5号楼")]),
    # one part denied and said anew: one place
    ("阳光花园不是3号楼是5号楼", [B("5号楼", community="阳光花园")]),
    ("阳光花园不是3号楼，是5号楼2单元501", [HOME]),
    ("阳光花园不是三号楼，不是四号楼，是五号楼", [B("5号楼", community="阳光花园")]),
    ("阳光花园3号楼，不对，是5号楼", [B("5号楼", community="阳光花园")]),
    ("阳光花园3号楼说错了，5号楼", [B("5号楼", community="阳光花园")]),
    ("不是阳光花园3号楼，是5号楼", [B("5号楼", community="阳光花园")]),
    ("阳光花园3号楼不是2单元是1单元", [B("3号楼", "1单元", community="阳光花园")]),
    ("阳光花园3号楼2单元501不对是502室", [B("3号楼", "2单元", "502", community="阳光花园")]),
    ("不是阳光花园，是东湖苑", [{"community": "阳光花园", "negated": True}, {"community": "东湖苑"}]),
    (
        "不是阳光花园3号楼，是东湖苑5号楼",
        [B("3号楼", community="阳光花园", negated=True), B("5号楼", community="东湖苑")],
    ),
    ("不是阳光花园，是5号楼", [{"community": "阳光花园", "negated": True}, B("5号楼")]),
    ("阳光花园不是3号楼", [{"community": "阳光花园"}, B("3号楼", negated=True)]),
    ("阳光花园停电了，不是3号楼，我家是5号楼", [{"community": "阳光花园"}, B("3号楼", negated=True), B("5号楼")]),
    ("嘴瓢了，建国路，不是建设路", [{"road": "建国路"}, {"road": "建设路", "negated": True}]),
    ("是不是3号楼停电了", [B("3号楼")]),
    ("不是3号楼吗", [B("3号楼")]),
    ("说错了，四单元", [{"unit": "4单元"}]),
]

NOTHING = [
    "二十号",
    "15号",
    "10月2号",
    "10月2号楼上停电",
    "12月9号楼道灯坏了",
    "2号线",
    "工号3027",
    "三号",
    "一楼",
    "五楼",
    "楼上楼下都没水",
    "整栋楼都黑了",
    "多少号",
    "一路上都没灯",
    "网路",
    "线路坏了",
    "电路短路了",
    "马路上漏水",
    "道路塌了",
    "管路",
    "走路去的",
    "路由器灭了",
    "城里停电",
    "家里没电",
    "院里黑了",
    "屋里没气",
    "我家停电了",
    "我们小区停水",
    "老小区",
    "隔壁小区亮着",
    "这一栋都黑了",
    "几栋楼",
    "修了三座桥",
    "十几栋同时凉的",
    "2026-12-09",
    "人民医院",
    "医院停电",
    "政府",
    "农村",
    "我们村",
    "村里停电",
    "单独引一路市政供水",
    "十字路口",
    "今天三号",
    "每月一号",
    "二十一号就要算违约了",
    "整条街都没",
    "我自己弄",
    "给他指路",
    "电表箱里冒烟",
    "水管漏了",
    "我要交电费300",
    "明天上午十点",
    "户号0039123456",
    "",
]


@pytest.mark.parametrize("text, expected", CASES)
def test_found(text, expected):
    found = find_addresses(text)
    assert [{k: v for k, v in value.value.items() if k != "text"} for value in found] == expected
    for value in found:
        assert value.entity == "address" and text[value.start : value.end] == value.text
        assert value.value["text"] == address_text(value.value)


@pytest.mark.parametrize("text", NOTHING)
def test_no_place(text):
    assert find_addresses(text) == []


def test_canonical_text():
    (value,) = find_addresses("人民路88号阳光花园五号楼二单元五零一室")
    assert value.value["text"] == "人民路88号阳光花园5号楼2单元501"
    assert value.text == "人民路88号阳光花园五号楼二单元五零一室"


MERGES = [
    (HOME, {"building": "3号楼"}, {**HOME, "building": "3号楼"}),
    (HOME, {"room": "502"}, {**HOME, "room": "502"}),
    (HOME, {"road": "人民路", "road_number": "88号"}, {**ROAD, **HOME}),
    ({**ROAD, **HOME}, {"road": "建设路"}, {"road": "建设路", **HOME}),
    (HOME, {"community": "滨江花园", "building": "1号楼"}, {"community": "滨江花园", "building": "1号楼"}),
    (HOME, {"community": "滨江花园"}, {**HOME, "community": "滨江花园"}),
    (HOME, {"village": "王家村", "road_number": "12号"}, {"village": "王家村", "road_number": "12号"}),
    (HOME, {"building": "3号楼", "negated": True}, HOME),
    ({}, HOME, HOME),
    ({**HOME, "text": "旧"}, {"detail": "北门"}, {**HOME, "detail": "北门"}),
]


@pytest.mark.parametrize("old, new, expected", MERGES)
def test_merge(old, new, expected):
    merged = merge_address(old, new)
    assert {k: v for k, v in merged.items() if k != "text"} == expected
    if not new.get("negated"):
        assert merged["text"] == address_text(expected)


NASTY = [
    "路",
    "一",
    "阳光",
    "小区",
    "5号楼",
    "5-",
    "的",
    "人民路与",
    "楼下",
    "百",
    "十",
    "路口",
    "第一",
    "不是",
    "A座",
    "花园区",
    "，",
    "王家村",
    "我",
    "1 ",
]


@pytest.mark.parametrize("piece", NASTY)
def test_long_nasty_text_is_fast(piece):
    text = (piece * 2000)[:2000]
    find_addresses(text)
    start = time.process_time()
    find_addresses(text)
    assert time.process_time() - start < 0.05


def test_a_usual_text_takes_half_a_millisecond():
    text = "你好我家住人民路88号阳光花园五号楼二单元五零一停电俩小时了电话幺三八幺二三四五六七八麻烦快点派人来看看谢谢"
    find_addresses(text)
    start = time.process_time()
    for _ in range(50):
        find_addresses(text)
    assert (time.process_time() - start) / 50 < 0.0015
