"""What payment plans are by their payments, looked at every morning: not only when somebody asks."""

from __future__ import annotations

from datetime import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.billing.models import PaymentPlan
from kefu.billing.plans import reviewed
from kefu.company.data import CompanyData
from kefu.jobs.daily import daily


@daily("payment_plans", time(5, 0))
def look_after(session: Session, _company: CompanyData) -> None:
    """A part not paid by its day breaks its plan; all parts paid, it is kept."""
    for plan in session.scalars(select(PaymentPlan).where(PaymentPlan.status == "open").order_by(PaymentPlan.id)):
        reviewed(session, plan)
