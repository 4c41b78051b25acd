"""What a usage costs under a tariff, as lines that carry their own arithmetic."""
