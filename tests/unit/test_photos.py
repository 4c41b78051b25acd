"""What becomes of the bytes a customer sends: a small clean picture, kept once, or a reason in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.attachments.models import Attachment
from kefu.attachments.pictures import SIDE, PhotoRefused, read_photo
from kefu.attachments.service import carried, find, give_to_ticket, keep, of_tickets
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation, Utterance
from kefu.db.session import Database
from kefu.settings import get_settings
from kefu.tickets.service import Report, open_ticket
from tests.support.photos import not_photos, photo

CHINESE = r"[\u4e00-\u9fff]"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as opened:
        for name in ("rest:anna", "rest:boris"):
            opened.add(Conversation(id=name, channel="rest", created_at=clock.now(), last_at=clock.now()))
        opened.flush()
        yield opened


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Other limits, as the environment would set them."""

    def set_limits(**values: int) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name.upper(), str(value))
        get_settings.cache_clear()

    yield set_limits
    monkeypatch.undo()
    get_settings.cache_clear()


def said(session: Session, conversation_id: str) -> int:
    line = Utterance(conversation_id=conversation_id, at=clock.now(), speaker="customer", text="", extras={})
    session.add(line)
    session.flush()
    return line.id


def rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Attachment)) or 0


# --- the picture ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_picture_is_left(kind: str) -> None:
    sent = photo(kind=kind)
    assert b"Phone of Anna" in sent
    made = read_photo(sent)
    kept = Image.open(BytesIO(made.data))
    assert kept.format == "JPEG" and kept.size == (made.width, made.height) == (640, 480)
    assert not kept.getexif() and "comment" not in kept.info and "exif" not in kept.info
    assert b"Phone" not in made.data and b"secret" not in made.data and b"Exif" not in made.data


@pytest.mark.parametrize(
    ("size", "kept"), [((4000, 3000), (SIDE, 1500)), ((1000, 5000), (400, SIDE)), ((1, 1), (1, 1))]
)
def test_no_side_is_longer_than_needed(size: tuple[int, int], kept: tuple[int, int]) -> None:
    made = read_photo(photo(size))
    assert (made.width, made.height) == kept


def test_a_photo_held_upright_stands_upright() -> None:
    made = read_photo(photo((640, 480), turned=True))
    assert (made.width, made.height) == (480, 640)


@pytest.mark.parametrize(
    ("mode", "colour", "kind"),
    [("L", "gray", "PNG"), ("RGBA", "#ff000000", "PNG"), ("P", "white", "PNG"), ("CMYK", "red", "JPEG")],
)
def test_every_kind_of_colour_is_taken(mode: str, colour: str, kind: str) -> None:
    shown = Image.open(BytesIO(read_photo(photo(mode=mode, colour=colour, kind=kind)).data))
    assert shown.mode == "RGB"
    if mode == "RGBA":
        assert shown.getpixel((5, 5)) == (255, 255, 255), "what is transparent is white, not black"


@pytest.mark.parametrize("what", not_photos())
def test_what_is_no_photo_is_refused_in_words(session: Session, what: str) -> None:
    with pytest.raises(ValueError, match=CHINESE):
        keep(session, "rest:anna", not_photos()[what])
    assert rows(session) == 0


def test_too_many_bytes_or_pixels_are_refused(limit: Callable[..., None]) -> None:
    limit(photo_max_pixels=10_000)
    with pytest.raises(PhotoRefused, match="尺寸"):
        read_photo(photo((101, 100)))
    assert read_photo(photo((100, 100))).width == 100
    with pytest.raises(PhotoRefused, match="最大8兆"):
        read_photo(photo((9, 9)) + b"\0" * get_settings().photo_max_bytes)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300) | st.sampled_from(["JPEG", "PNG", "WEBP"]).flatmap(
    lambda kind: st.tuples(st.integers(0, 900), st.binary(min_size=1, max_size=8)).map(
        lambda change: photo((40, 30), kind)[: change[0]] + change[1] + photo((40, 30), kind)[change[0] + len(change[1]) :]
    )
))  # fmt: skip
def test_any_bytes_become_a_clean_picture_or_a_reason(data: bytes) -> None:
    try:
        made = read_photo(data)
    except PhotoRefused as problem:
        assert str(problem) and not str(problem).isascii()
    else:
        assert Image.open(BytesIO(made.data)).size == (made.width, made.height)
        assert b"Phone of Anna" not in made.data


# --- the row -------------------------------------------------------------------------------------------------------------
def test_the_same_photo_is_one_row_in_a_conversation(session: Session) -> None:
    first, again = keep(session, "rest:anna", photo()), keep(session, "rest:anna", photo())
    other, elsewhere = keep(session, "rest:anna", photo(colour="blue")), keep(session, "rest:boris", photo())
    assert first is again and len({first.id, other.id, elsewhere.id}) == 3 and rows(session) == 3
    assert len({first.token, other.token, elsewhere.token}) == 3
    assert find(session, first.token) is first and find(session, first.token, "rest:boris") is None


def test_there_is_a_limit_a_day(
    session: Session, limit: Callable[..., None], set_clock: Callable[[str | None], None]
) -> None:
    limit(photos_per_day=2)
    set_clock("2026-12-09T10:00")
    for colour in ("red", "blue"):
        keep(session, "rest:anna", photo(colour=colour))
    with pytest.raises(PhotoRefused, match="2张"):
        keep(session, "rest:anna", photo(colour="green"))
    keep(session, "rest:anna", photo(colour="red"))  # known: nothing new
    keep(session, "rest:boris", photo(colour="green"))
    set_clock("2026-12-10T10:01")
    assert keep(session, "rest:anna", photo(colour="green")).id


# --- with a ticket -------------------------------------------------------------------------------------------------------
def ticket(session: Session, company: CompanyData, conversation_id: str | None) -> int:
    report = Report("fault", "report_outage", "家里停电了", clock.now(), conversation_id=conversation_id)
    return open_ticket(session, company, report, "customer")[0].id


def test_a_ticket_takes_the_photos_of_the_last_half_hour(
    session: Session, company: CompanyData, set_clock: Callable[[str | None], None]
) -> None:
    def send(at: str, conversation_id: str, colour: str) -> str:
        set_clock(f"2026-12-09T{at}")
        return carried(session, conversation_id, said(session, conversation_id), [read_photo(photo(colour=colour))])[0]

    old, new = send("09:29", "rest:anna", "red"), send("09:31", "rest:anna", "blue")
    send("09:59", "rest:boris", "blue")
    unsent = keep(session, "rest:anna", photo(colour="green")).token  # uploaded, and no message carried it
    set_clock("2026-12-09T10:00")
    made = ticket(session, company, "rest:anna")
    assert of_tickets(session, [made]) == {made: [new]}
    give_to_ticket(session, made, "rest:anna")
    assert of_tickets(session, [made]) == {made: [new]}, "twice is once"
    late = carried(session, "rest:anna", said(session, "rest:anna"), [unsent, old, "unknown", unsent])
    assert late == [unsent, old]
    give_to_ticket(session, made, "rest:anna")
    assert set(of_tickets(session, [made])[made]) == {old, new, unsent}, "sent again counts as sent now"
    assert of_tickets(session, [ticket(session, company, None)]) == {}
