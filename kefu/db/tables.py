"""Every table, imported in one place: migrations and tests need to know them all."""

from kefu.accounts import models as accounts
from kefu.alerts import models as alerts
from kefu.attachments import models as attachments
from kefu.billing import models as billing
from kefu.callbacks import models as callbacks
from kefu.complaints import models as complaints
from kefu.conversations import models as conversations
from kefu.db.base import Base
from kefu.demo import models as demo
from kefu.engine import models as engine
from kefu.exports import models as exports
from kefu.handoff import models as handoff
from kefu.incidents import models as incidents
from kefu.jobs import models as jobs
from kefu.network import models as network
from kefu.outbox import models as outbox
from kefu.sms import models as sms
from kefu.staff import models as staff
from kefu.surveys import models as surveys
from kefu.tickets import models as tickets

__all__ = [
    "Base",
    "accounts",
    "alerts",
    "attachments",
    "billing",
    "callbacks",
    "complaints",
    "conversations",
    "demo",
    "engine",
    "exports",
    "handoff",
    "incidents",
    "jobs",
    "network",
    "outbox",
    "sms",
    "staff",
    "surveys",
    "tickets",
]
