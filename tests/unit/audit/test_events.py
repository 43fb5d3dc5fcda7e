import re
from pathlib import Path

from on_prem_rag.audit.events import Event

PAGE = (Path(__file__).parents[3] / "docs" / "security.md").read_text()


def test_every_event_is_a_subject_and_an_action_that_fit_their_columns() -> None:
    for event in Event:
        assert event.value == f"{event.subject}:{event.action}"
        assert 0 < len(event.subject) <= 32
        assert 0 < len(event.action) <= 32


def test_the_documentation_lists_every_event() -> None:
    table = PAGE.split("| subject | actions |")[1].split("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", line) for line in table.splitlines() if "`" in line]
    listed = {f"{subject}:{action}" for subject, *actions in rows for action in actions}
    assert listed == {event.value for event in Event}
