"""A stand-in for TensorFlow, so that Rasa imports without it.

Rasa 3.6 imports TensorFlow at module level even when the pipeline uses none of it. `make setup` puts this file and a
`.pth` line that calls `install()` into the environment. The names below then import as empty shells; a component that
really needs TensorFlow fails when it is used, with a plain message. Where the real packages are installed they win,
because this finder stands last. See docs/decisions/0002-no-tensorflow.md.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import types

ROOTS = (
    "tensorflow",
    "tensorflow_addons",
    "tensorflow_hub",
    "tensorflow_text",
    "tensorflow_probability",
    "keras",
    "transformers",
)


class _ShellMeta(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __or__(cls, other):
        return object

    def __ror__(cls, other):
        return object


class Shell(metaclass=_ShellMeta):
    """Base class, decorator and annotation in one; refuses to be used for real work."""

    def __init__(self, *args, **kwargs):
        pass

    def __class_getitem__(cls, item):
        return cls

    def __call__(self, *args, **kwargs):
        if args and callable(args[0]):
            return args[0]  # used as a decorator at import time
        raise RuntimeError("TensorFlow is not installed here: this component of Rasa cannot run")

    def __init_subclass__(cls, **kwargs):
        pass


def is_tensor(value):
    """matplotlib asks this of every array (`rasa test nlu` draws plots)."""
    return False


class _ShellModule(types.ModuleType):
    def __getattr__(self, name):
        if name == "is_tensor":
            return is_tensor
        if name.startswith("__"):
            raise AttributeError(name)
        return Shell


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ROOTS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = _ShellModule(spec.name)
        module.__path__ = []
        module.__version__ = "2.12.0"
        return module

    def exec_module(self, module):
        pass


def install():
    """Append the finder once, behind all real ones; and keep Rasa from phoning home."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
