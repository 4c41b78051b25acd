"""How a common cause is recognised among reports: company/incidents.yml. The method: docs/incidents.md."""

from __future__ import annotations

from datetime import datetime, time
from typing import get_args

from pydantic import Field, model_validator

from kefu.clock import local
from kefu.company.yaml_lines import Service, Strict


class DeviceSize(Strict):
    """Devices of at most `homes_upto` homes (none: of any size). `at_least`: so many distinct homes must have reported
    before it is suspected. `penalty`: the evidence (natural log of the odds) that one more broken device must bring."""

    homes_upto: int | None = Field(None, ge=1)
    at_least: int = Field(ge=2, le=100)
    penalty: float = Field(ge=0, le=30)


class Share(Strict):
    """Which share of the homes without supply tells us, from `low` (the first minutes, a quiet night) to `high`."""

    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def in_order(self) -> Share:
        if self.high <= self.low:
            raise ValueError("high must be above low")
        return self


class DetectionRule(Strict):
    """What `kefu.network.suspect` needs to know of one service at one time of day.

    `window_minutes`: reports that old count. `faults_per_1000_homes_hour`: homes with a fault of their own, an ordinary
    day. `storm_factor`: a storm may make that so many times more. `wrong_address`: the share of reports that name another
    place. `evenness`: how alike neighbourhoods are in reporting (the shape of a gamma; 1 wildly different, 20 all alike).
    `stays`: the evidence that a standing suspicion is given in advance.
    """

    window_minutes: int = Field(ge=10, le=1440)
    faults_per_1000_homes_hour: float = Field(gt=0, le=20)
    storm_factor: float = Field(ge=1, le=100)
    wrong_address: float = Field(ge=0, lt=0.5)
    share: Share
    evenness: float = Field(ge=1, le=100)
    stays: float = Field(ge=0, le=20)
    sizes: tuple[DeviceSize, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def every_size_once(self) -> DetectionRule:
        *limited, last = [row.homes_upto for row in self.sizes]
        if last is not None or None in limited:
            raise ValueError("sizes: the last row, and only it, is without homes_upto")
        if limited != sorted(set(limited), key=lambda homes: homes or 0):
            raise ValueError("sizes: homes_upto must grow from row to row")
        return self

    @property
    def background(self) -> float:
        """The probability that one home reports a fault of its own within the window, on an ordinary day."""
        return self.faults_per_1000_homes_hour / 1000 * self.window_minutes / 60

    def size(self, homes: int) -> DeviceSize:
        """The row for a device of so many homes."""
        return next(row for row in self.sizes if row.homes_upto is None or homes <= row.homes_upto)


class Rules(Strict):
    day: DetectionRule
    night: DetectionRule


class Detection(Strict):
    """`night_from`, `night_to`: local time; the night goes over midnight."""

    night_from: time
    night_to: time
    services: dict[Service, Rules]

    @model_validator(mode="after")
    def complete(self) -> Detection:
        missing = [name for name in get_args(Service) if name not in self.services]
        if missing:
            raise ValueError(f"services missing: {', '.join(missing)}")
        if self.night_from <= self.night_to:
            raise ValueError("the night must go over midnight: night_from later than night_to")
        return self

    def for_(self, service: Service, moment: datetime) -> DetectionRule:
        """The rule of a service at a moment (aware)."""
        at = local(moment).time()
        rules = self.services[service]
        return rules.night if at >= self.night_from or at < self.night_to else rules.day


class Incidents(Strict):
    detection: Detection
