"""Asking in a browser: an answer is followed, checked at its page, shared and taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.api.house import LEASE, House, make_pdf, until_searchable, upload
from tests.e2e.steps import sign_in

QUESTION = "How long is the notice period of the warehouse lease?"


@pytest.fixture(scope="module")
def leases(house: House) -> str:
    """The id of Ann's collection with a lease that is searchable, which Bob may read."""
    house.sign_in("bob").close()
    with house.sign_in("ann") as ann:
        made: str = ann.post("/api/v1/collections", json={"name": "Leases"}).json()["id"]
        pdf = make_pdf("The lease of the office ends in June.", LEASE)
        document = upload(ann, made, "lease.pdf", pdf).json()["document"]["id"]
        assert until_searchable(ann, document)["searchable"]
        ann.put(
            f"/api/v1/collections/{made}/grants", json={"principal": "bob", "level": "reader"}
        ).raise_for_status()
    return made


def drawn_boxes(page: Any) -> list[list[float]]:
    """The highlights, in points of the page that is drawn beneath them."""
    found: list[list[float]] = page.evaluate(
        """() => {
            const image = document.querySelector("aside img").getBoundingClientRect();
            const scale = 400 / image.width;
            return [...document.querySelectorAll("aside rect")].map((rect) => {
                const box = rect.getBoundingClientRect();
                return [box.left - image.left, box.top - image.top,
                        box.right - image.left, box.bottom - image.top].map((x) => x * scale);
            });
        }"""
    )
    return found


@pytest.mark.timeout(150)
def test_from_a_question_to_its_evidence_and_from_sharing_to_its_end(
    page: Any, other_page: Any, house: House, leases: str
) -> None:
    with house.sign_in("ann") as ann:
        standin = house.ollama.standin
        standin.token_delay = 1.5
        sign_in(page, house, "ann")
        page.get_by_label("Your question").fill(QUESTION)
        page.keyboard.press("Enter")
        page.wait_for_url("**/c/*")
        place = f"/api/v1/conversations/{page.url.rpartition('/')[2]}"

        # A draft and the stream outlive a reload in the middle.
        answer = page.locator("article")
        answer.get_by_text("The ").first.wait_for()
        page.get_by_label("Your question").fill("And the office?")
        page.reload()
        answer.get_by_text("The ").first.wait_for()
        expect(answer).to_have_attribute("aria-busy", "true")
        expect(page.get_by_label("Your question")).to_have_value("And the office?")
        standin.token_delay = 0
        answer.get_by_role("button", name="Copy with sources").wait_for(timeout=60_000)
        expect(answer).to_contain_text("nine months")

        # The citation leads to the page, and its highlight lies on the words.
        stored = ann.get(f"{place}/messages").json()["items"][1]
        [cited] = [e for e in stored["evidence"] if "nine months" in e["passage"]["text"]][:1]
        marker = cited["marker"]
        answer.get_by_role("button", name=re.compile(f"^Source {marker}:")).first.click()
        page.locator("aside rect").first.wait_for()
        page.locator("aside img").wait_for()
        shown = int(page.get_by_label("Page number").input_value())
        boxes = [box[1:] for box in cited["passage"]["boxes"] if box[0] == shown]
        assert boxes
        expect(page.locator("aside rect")).to_have_count(len(boxes))
        drawn = drawn_boxes(page)
        for there, box in zip(drawn, boxes, strict=True):
            # A point of margin is drawn around; a pixel is rounded away.
            assert all(abs(a - b) < 2.5 for a, b in zip(there, box, strict=True)), (there, box)
        page.keyboard.press("Escape")

        share_and_take_back(page, other_page, house)
        assert ann.get(f"/api/v1/collections/{leases}").status_code == 200


def share_and_take_back(page: Any, other: Any, house: House) -> None:
    """Bob reads what Ann shares with him, and nothing once she takes it back."""
    actions = page.get_by_role("main").get_by_role("button", name=re.compile("^Actions for"))
    actions.click()
    page.get_by_role("menuitem", name="Share").click()
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_role("combobox", name="User name")
    name.press_sequentially("bo")
    page.get_by_role("option", name="bob").wait_for()
    name.press("ArrowDown")
    page.locator("[role=option][data-active-item]").wait_for()
    name.press("Enter")
    expect(name).to_have_value("bob")
    dialog.get_by_role("button", name="Share", exact=True).click()
    take = dialog.get_by_role("button", name="Stop sharing with bob")
    take.wait_for()

    sign_in(other, house, "bob")
    other.get_by_role("button", name="Shared with me").click()
    other.get_by_role("link", name=re.compile(QUESTION[:20])).click()
    other.get_by_text("nine months").first.wait_for()
    other.get_by_text("Shared by ann").wait_for()
    expect(other.get_by_label("Your question")).to_have_count(0)

    take.click()
    dialog.get_by_text("Only you can read it.").wait_for()
    other.reload()
    other.get_by_text("There is no such conversation.").first.wait_for()
    assert "nine months" not in other.content()


@pytest.mark.timeout(150)
def test_an_edited_question_makes_a_version_and_escape_stops_an_answer(
    page: Any, house: House, leases: str
) -> None:
    standin = house.ollama.standin
    sign_in(page, house, "ann")
    page.get_by_label("Your question").fill("When does the lease of the office end?")
    page.keyboard.press("Enter")
    answer = page.locator("article")
    answer.get_by_role("button", name="Copy with sources").wait_for(timeout=60_000)
    first = page.url
    page.get_by_label("Your question").focus()
    page.keyboard.press("ArrowUp")
    standin.token_delay = 1
    page.get_by_role("textbox", name="Edit the question").fill("When does the office lease end?")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/c/" in address and address != first)
    page.get_by_role("button", name="Stop").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("You stopped this answer.").wait_for()
    standin.token_delay = 0
    page.get_by_text("Earlier version:").get_by_role("link").click()
    page.wait_for_url(first)
