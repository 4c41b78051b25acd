"""Measurements: Kefu alone (`make bench`) and beside a stock Rasa (`make bench-peer`). docs/performance.md reads them."""
