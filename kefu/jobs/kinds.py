"""Every module that does jobs, imported in one place: the runner needs to know them all."""

from kefu.surveys import jobs as jobs
