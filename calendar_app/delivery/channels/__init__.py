"""Every channel by its name: each file here that declares `CHANNEL` is one."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from calendar_app.delivery.channel import Channel


@cache
def every() -> dict[str, Channel]:
    """Return the channels by name, in the order of their files."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return {module.CHANNEL.name: module.CHANNEL for module in modules if hasattr(module, "CHANNEL")}
