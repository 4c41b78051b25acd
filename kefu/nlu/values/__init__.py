"""Values in Chinese text: contacts, places, times, periods, sums, quantities, staff, scores and services."""

from __future__ import annotations

from typing import Iterable, List

from kefu.nlu.values.address import address_text, find_addresses, merge_address
from kefu.nlu.values.amounts import find_amounts, find_quantities
from kefu.nlu.values.contact import find_contacts
from kefu.nlu.values.corrections import without_corrected
from kefu.nlu.values.people import find_scores, find_staff
from kefu.nlu.values.periods import find_periods
from kefu.nlu.values.service import find_services
from kefu.nlu.values.time_resolve import resolve_time
from kefu.nlu.values.times import find_times
from kefu.nlu.values.types import Value

__all__ = ["Value", "address_text", "find_values", "merge_address", "resolve_time"]

_OTHERS = (find_times, find_periods, find_amounts, find_quantities, find_staff, find_scores)


class _Taken:
    """Which characters are used up."""

    def __init__(self, length: int) -> None:
        self._used = bytearray(length)

    def admit(self, values: Iterable[Value]) -> List[Value]:
        """Those of `values` that touch nothing used so far, in order; their characters are used from then on."""
        admitted = []
        for value in values:
            if not any(self._used[value.start : value.end]):
                self._used[value.start : value.end] = b"\1" * (value.end - value.start)
                admitted.append(value)
        return admitted


def find_values(text: str) -> List[Value]:
    """All values by start. Contacts win, then addresses, then the longer; services may lie inside all but those two.

    What is taken back and said anew in the same breath is left out.
    """
    taken = _Taken(len(text))
    found = taken.admit(find_contacts(text)) + taken.admit(find_addresses(text))
    services = [s for s in find_services(text) if not any(s.start < v.end and v.start < s.end for v in found)]
    others = [value for find in _OTHERS for value in find(text)]
    others.sort(key=lambda value: (value.start - value.end, value.start))
    values = sorted(found + taken.admit(others), key=lambda value: (value.start, value.end))
    return sorted(without_corrected(text, values) + services, key=lambda value: (value.start, value.end))
