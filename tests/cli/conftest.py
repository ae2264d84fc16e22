"""The `hoso` command run in this process, as a script would: its exit code and what it prints."""

import sys

import pytest

from api.cli.main import main


@pytest.fixture
def command(monkeypatch, capsys):
    """Return a function that runs the command and gives back (exit code, out, err)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["hoso", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


@pytest.fixture
def hoso(command, tmp_path, monkeypatch):
    """Return the command over an empty home."""
    monkeypatch.setenv("HOSO_HOME", str(tmp_path / "home"))
    return command
