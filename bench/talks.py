"""What the measuring customers say. Numbers make every conversation's address and phone its own."""

from __future__ import annotations

COMMUNITIES = ("阳光花园", "滨江家园", "东湖苑", "翠竹小区", "金色家园", "碧水湾", "和平里小区", "紫荆花园")
SINCE = ("昨晚八点多", "昨晚九点多", "昨晚十点左右", "昨天晚上七点半")


def address(index: int) -> str:
    """A flat nobody else names: 8 communities × 40 buildings × 4 units × 30 floors × 4 doors."""
    index, community = divmod(index, len(COMMUNITIES))
    index, building = divmod(index, 40)
    index, unit = divmod(index, 4)
    floor, door = divmod(index, 4)
    return f"{COMMUNITIES[community]}{building + 1}号楼{unit + 1}单元{floor % 30 + 1}0{door + 1}"


def phone(index: int) -> str:
    return f"138{index % 100_000_000:08d}"


def outage(index: int) -> list[str]:
    """Six turns from the first word to the thanks; they end with exactly one ticket: this home's own, whoever else reports."""
    return ["家里停电了，就我家没电", address(index), SINCE[index % len(SINCE)], phone(index), "对", "谢谢"]


def long_cycle(index: int) -> list[str]:
    """Ten turns of a very long conversation: an outage given up, small talk, an enquiry noted, a question dropped."""
    return [
        "家里停电了",
        address(index),
        SINCE[index % len(SINCE)],
        "算了，不报了",
        "你好",
        "电费怎么这么高",
        "不用",
        "你是机器人吗",
        "营业厅几点开门",
        "算了，不办了",
    ]
