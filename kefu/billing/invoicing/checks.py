"""What goes on an invoice: title, tax number, mailbox. Refusals are in words the customer can act on."""

from __future__ import annotations

import re

from kefu.nlu.normalise import normalise

# GB 32100-2015: 31 characters (no I, O, S, V, Z), weights 3^0…3^16 modulo 31, the 18th the check character.
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18
_LOOKS_LIKE = {"O": "数字0", "I": "数字1", "S": "数字5", "Z": "数字2", "V": "字母U"}
# Before the unified code: region and organisation code (15); the self-employed by identity card (20).
_OLD = re.compile(r"\d{6}[0-9A-Z]{9}|\d{17}[\dX]\d{2}")
_TITLE_LENGTH = 100
_EMAIL = re.compile(
    r"[a-z0-9._%+\-]+@[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?)*\.[a-z]{2,}"
)


def check_tax_number(text: str) -> str:
    """The tax number in capitals: 18 characters with check character (GB 32100-2015), or an old one of 15 or 20.

    Raises ValueError with Chinese words: how many characters too few or many, which are easily confused.
    """
    number = re.sub(r"[\s\-]", "", normalise(text)).upper()
    if not re.fullmatch(r"[0-9A-Z]+", number):
        raise ValueError("税号只有数字和大写字母，没有别的符号")
    if _OLD.fullmatch(number):
        return number
    if len(number) != _LENGTH:
        off = len(number) - _LENGTH
        raise ValueError(f"税号应该是18位，您发的是{len(number)}位，{'多' if off > 0 else '少'}了{abs(off)}位")
    for character, instead in _LOOKS_LIKE.items():
        if character in number:
            place = number.index(character) + 1
            raise ValueError(f"税号里没有字母{character}，第{place}位是不是{instead}")
    if number[-1] != _check_character(number):
        raise ValueError(
            "税号的最后一位对不上，多半是有一位看错了，请对着营业执照再看一遍（容易看混：0和D、1和7、8和B）"
        )
    return number


def _check_character(number: str) -> str:
    total = sum(_CODE.index(character) * pow(3, place, 31) for place, character in enumerate(number[:17]))
    return _CODE[(31 - total % 31) % 31]


def check_title(text: str) -> str:
    """The title as it goes on the invoice. Raises ValueError with Chinese words."""
    title = re.sub(r"\s+", " ", text).strip(" ，,。.；;：:“”\"'")
    if len(title) < 2:
        raise ValueError("抬头太短了，请发全称")
    if len(title) > _TITLE_LENGTH:
        raise ValueError(f"抬头太长了，最多{_TITLE_LENGTH}个字")
    if "@" in title or not re.search(r"[^\W\d_]", title):
        raise ValueError("这不像抬头，请发单位全称或者姓名")
    return title


def check_email(text: str) -> str:
    """The address in small letters. Raises ValueError with Chinese words."""
    address = re.sub(r"\s", "", normalise(text)).strip("，,。.；;")
    if "@" not in address:
        raise ValueError("邮箱里少了 @ 符号")
    if address.count("@") > 1:
        raise ValueError("邮箱里有不止一个 @，请只发一个邮箱")
    name, host = address.split("@")
    if not name or not host:
        raise ValueError("邮箱不完整，@ 前面和后面都要有")
    if "." not in host:
        raise ValueError("邮箱 @ 后面少了一段，比如 .com 或者 .cn")
    if len(address) > _TITLE_LENGTH or ".." in address or not _EMAIL.fullmatch(address):
        raise ValueError("这个邮箱写得不对，请再看一下")
    return address
