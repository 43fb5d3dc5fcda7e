"""The page of commands says what the commands say."""

from pathlib import Path

from tests.architecture.cli_reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_page_of_commands_is_current() -> None:
    assert PAGE.read_text() == reference()
