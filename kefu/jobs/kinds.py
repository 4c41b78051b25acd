"""Every module that does jobs, imported in one place: the runner needs to know them all."""

from kefu.billing import chores as billing
from kefu.callbacks import jobs as callbacks
from kefu.incidents import chores as incidents
from kefu.surveys import jobs as surveys
from kefu.tickets import escalation as tickets

__all__ = ["billing", "callbacks", "incidents", "surveys", "tickets"]
