"""Tariffs as data: what they are made of, one row of them, and the book of all rows."""

from kefu.company.tariffs.book import TariffBook, load_tariffs
from kefu.company.tariffs.tariff import PriceList, Prices, Tariff

__all__ = ["PriceList", "Prices", "Tariff", "TariffBook", "load_tariffs"]
