"""Every module that does jobs, imported in one place: the runner needs to know them all."""

__all__: list[str] = []
