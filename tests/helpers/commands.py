"""The command line as an operator of an installation types it."""

import pytest
from click.testing import CliRunner, Result

from calendar_app.cli.commands import main
from calendar_app.config import Config


def run(config: Config, monkeypatch: pytest.MonkeyPatch, *words: str, typed: str = "") -> Result:
    """Run a command with the settings of an installation."""
    for name in ("instance", "database_url", "base_url", "secret_key"):
        monkeypatch.setenv(f"CALENDAR_{name.upper()}", str(getattr(config, name)))
    return CliRunner().invoke(main, words, input=typed)
