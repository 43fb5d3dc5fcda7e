"""What several walks through the page begin with."""

from __future__ import annotations

from typing import Any

from tests.api.house import PASSWORD, House


def sign_in(page: Any, house: House, username: str, role: str = "member") -> None:
    """Sign a person in by the page, who is created when new."""
    house.sign_in(username, role).close()
    page.goto(house.url)
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Library" if role != "auditor" else "Audit").first.wait_for()
