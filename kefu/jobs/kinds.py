"""Every module that does jobs, imported in one place: the runner needs to know them all."""

from kefu.tickets import escalation as escalation
