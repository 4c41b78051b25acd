"""Every module that does jobs, imported in one place: the runner needs to know them all."""

from kefu.callbacks import jobs as callbacks

__all__: list[str] = ["callbacks"]
