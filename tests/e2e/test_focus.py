"""Whoever works by keyboard: where the focus is when a window closes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.house import House
from tests.e2e.steps import sign_in


def until_focused(page: Any, selector: str) -> None:
    """Wait until the focus is there."""
    page.locator(f"{selector}:focus").wait_for()


@pytest.mark.timeout(120)
def test_in_the_administration(page: Any, house: House) -> None:
    house.sign_in("greta").close()
    house.sign_in("gustav").close()
    sign_in(page, house, "root", "admin")
    page.goto(f"{house.url}/admin/people?q=g")
    menu = page.get_by_role("button", name="Actions for greta")

    # By Escape, back to the button of the menu that the window was opened from.
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Change the role").press("Enter")
    until_focused(page, "[name=role]")
    page.keyboard.press("Escape")
    until_focused(page, "[aria-label='Actions for greta']")

    # What takes a form's place keeps the focus in the window.
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Give a new password").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Give a new password").press("Enter")
    page.get_by_role("dialog").get_by_label("One-time password of greta").wait_for()
    page.locator("[role=dialog]:focus-within").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Done").press("Enter")
    until_focused(page, "[aria-label='Actions for greta']")

    # Of someone who is deleted, on the menu of the next.
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Delete").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    menu.wait_for(state="detached")
    until_focused(page, "[aria-label='Actions for gustav']")


@pytest.mark.timeout(120)
def test_in_the_library(page: Any, house: House) -> None:
    with house.sign_in("hugo") as hugo:
        made = hugo.post("/api/v1/collections", json={"name": "Cellar"}).json()["id"]
    sign_in(page, house, "hugo")
    page.goto(f"{house.url}/library/{made}")
    page.get_by_role("button", name="Actions for Cellar").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Rename or describe").press("Enter")
    until_focused(page, "[name=name]")
    page.keyboard.press("Escape")
    until_focused(page, "[aria-label='Actions for Cellar']")

    # A collection that is gone leaves its view, and the focus on what is shown then.
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Delete collection").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete collection").press("Enter")
    page.wait_for_url("**/library")
    until_focused(page, "#content")
