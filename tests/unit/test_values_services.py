"""Words that tell which service is meant, and the many that only contain 电, 水, 气 or 热."""

from __future__ import annotations

import pytest

from kefu.nlu.values.service import find_services

NAMED = [
    ("瓦斯味很重", "gas"),
    ("廚房瓦斯外洩", "gas"),
    ("燃汽表不走字", "gas"),
    ("燃器灶打不着", "gas gas gas"),
    ("燃起费多少", "gas"),
    ("燃起公司电话", "gas"),
    ("燃气表换电池", "gas"),
    ("开通峰谷", "electricity"),
    ("峰谷电价", "electricity electricity"),
    ("一共十千瓦", "electricity"),
    ("增到500千伏安", "electricity"),
    ("从500kVA减到315kVA", "electricity electricity"),
    ("单相改三相", "electricity"),
    ("变压器嗡嗡响", "electricity"),
    ("合闸就跳", "electricity"),
    ("电标黑屏了", "electricity"),
    ("殿表跑得快", "electricity"),
    ("店表坏了", "electricity"),
    ("殿价多少", "electricity"),
    ("装光伏要啥手续", "electricity"),
    ("暖器不热", "heat"),
    ("暖汽漏水", "heat water"),
    ("供软公司", "heat"),
    ("热立公司搬哪了", "heat"),
    ("热立的人来过了", "heat"),
    ("换热站淹了", "heat"),
    ("換熱站的人", "heat"),
    ("换热器坏了", "heat"),
    ("自來水有味道", "water"),
    ("水喉爆咗", "water"),
    ("水单看不懂", "water"),
    ("什么时候来电", "electricity"),
    ("来电了", "electricity"),
    ("来电没", "electricity"),
    ("几点来电", "electricity"),
    ("预计来电时间", "electricity"),
    ("请问来电了吗", "electricity"),
    ("快给我来电", "electricity"),
    ("减免电费", "electricity"),
    ("家里没空开", "electricity"),
    ("没空开跳闸", "electricity electricity"),
    ("长流水", "water"),
    ("停水木有通知", "water"),
    ("买个电暖器", "electricity"),
    ("24千瓦的壁挂炉", "gas"),
    ("来个电工", "electricity"),
    ("停电联系谁", "electricity"),
    ("换热水表", "water"),
]

NONE = [
    "来电话了",
    "请来电",
    "請來電",
    "请您来电",
    "来电咨询",
    "给我来电",
    "下午给我来电就行",
    "方便来电的时间",
    "几点来电话",
    "来电反映过",
    "欢迎来电",
    "给我来个电吧",
    "求電聯",
    "请勿免电",
    "一头雾水",
    "说得滴水不漏",
    "流水线上班",
    "流水账",
    "流水号发我",
    "银行流水",
    "一天流水四千",
    "流水席",
    "银行水单",
    "饮水机",
    "喝水",
    "给我倒水",
    "糖水",
    "茶水钱",
    "水木清晖",
    "丽水湾",
    "泉水巷",
    "水岸名居",
    "拿手电照",
    "手电筒",
    "没空开门",
    "开数电票",
    "酒店表示歉意",
    "饭店表扬信",
    "燃起希望",
    "供软件下载",
    "太热立马走",
    "手机没电",
    "天气热",
]


@pytest.mark.parametrize("text, services", NAMED)
def test_a_service_is_named(text: str, services: str) -> None:
    assert " ".join(value.value for value in find_services(text)) == services


@pytest.mark.parametrize("text", NONE)
def test_no_service_is_named(text: str) -> None:
    assert find_services(text) == []
