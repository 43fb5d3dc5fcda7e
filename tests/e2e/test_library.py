"""The library in a browser: three files go in, are found, looked at and deleted."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import httpx
import pytest
from docx import Document as WordDocument
from playwright.sync_api import expect
from tests.api.house import House, make_pdf, until_searchable, upload
from tests.e2e.steps import sign_in

PDF = make_pdf("The ferry to the island leaves at nine.", "Bicycles travel on the upper deck.")
TEXT = b"The lighthouse keeper reports the height of the tide at noon."
LONG = 60_000
"""Patience on a busy machine, in milliseconds."""


def make_docx() -> bytes:
    """A Word file with a heading and a paragraph."""
    word = WordDocument()
    word.add_heading("Harbour dues", level=1)
    word.add_paragraph("Sailing boats pay eleven crowns a night.")
    buffer = BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def make_collection(page: Any, name: str) -> None:
    """Create a collection by the page, and stay in it."""
    page.get_by_role("link", name="Library").first.click()
    page.get_by_role("button", name="New collection").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/library/*")
    page.get_by_role("heading", name=name).wait_for()


def choose(page: Any, *files: tuple[str, bytes]) -> None:
    """Choose files with the button for it."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add files").click()
    payload = [{"name": n, "mimeType": "", "buffer": data} for n, data in files]
    chooser.value.set_files(payload)


@pytest.mark.timeout(120)
def test_files_go_in_are_found_looked_at_and_deleted(page: Any, house: House) -> None:
    sign_in(page, house, "ann")
    make_collection(page, "Harbour")
    choose(page, ("ferry.pdf", PDF), ("dues.docx", make_docx()), ("tides.txt", TEXT))

    # Live progress, which a change of view does not end.
    uploads = page.get_by_role("region", name="Uploads")
    uploads.get_by_role("progressbar").first.wait_for()
    page.get_by_role("link", name="Library").first.click()
    uploads.get_by_text("3 files done", exact=True).wait_for(timeout=LONG)
    expect(uploads.get_by_text("Searchable")).to_have_count(3)
    page.get_by_role("link", name="Harbour").click()
    # What all went well does not lie over the next view.
    expect(uploads).to_have_count(0)
    rows = page.locator("tbody tr")
    page.wait_for_url("**/library/*")
    rows.nth(2).wait_for()
    pages = page.get_by_role("row", name=re.compile("ferry.pdf")).locator("td").nth(2)
    expect(pages).to_have_text("2")

    # The server filters and sorts; the address says how.
    page.get_by_label("Find by name or title").fill("dues")
    page.wait_for_url("**text=dues")
    page.get_by_role("link", name="ferry.pdf").wait_for(state="detached")
    expect(rows).to_have_count(1)
    page.get_by_label("Find by name or title").fill("")
    rows.nth(2).wait_for()
    page.get_by_role("button", name="Name", exact=True).click()
    page.wait_for_url("**sort=name")
    page.get_by_role("columnheader", name="Name").and_(
        page.locator("[aria-sort=ascending]")
    ).wait_for()

    # Search says why, and shows the place.
    page.get_by_role("link", name="Search passages").click()
    page.get_by_label("Words or a question").fill("When does the ferry leave?")
    page.keyboard.press("Enter")
    best = page.locator("article").first
    best.get_by_text("Found by meaning and by words").wait_for()
    expect(best.locator("mark")).to_have_text(["ferry", "leaves"])
    best.get_by_role("button", name="ferry.pdf").click()
    evidence = page.get_by_role("complementary", name="Evidence")
    evidence.locator("img").wait_for()
    evidence.locator("rect").first.wait_for()

    # The document itself: its pages, its text, its facts.
    best.get_by_role("link", name="Open the document").click()
    page.wait_for_url("**/documents/*")
    page.locator("main img").wait_for()
    about = page.get_by_role("complementary", name="About this document")
    expect(about.get_by_text("PDF")).to_have_count(1)
    page.get_by_role("link", name="Text and passages").click()
    page.get_by_text("Bicycles travel on the upper deck.").first.wait_for()

    # Deleted, it is gone from the list and from the search.
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/library/*")
    page.get_by_role("link", name="ferry.pdf").wait_for(state="detached")
    rows.nth(1).wait_for()
    rows.nth(2).wait_for(state="detached")

    # The message leads to the receipt, which says where the bytes are gone and proves it.
    page.get_by_text("Deleted.").wait_for()
    page.get_by_role("link", name="Show the receipt").click()
    page.get_by_role("heading", name="A document was deleted").wait_for()
    stores = page.get_by_role("table", name="Where the bytes are gone")
    assert {"Database", "Original files", "Index by meaning", "Index by words"} <= {
        cell.split("\n")[-1] for cell in stores.locator("td:first-child").all_inner_texts()
    }
    page.get_by_text("on its way out").first.wait_for(state="detached", timeout=LONG)
    clear = page.locator("dl > div").filter(has_text="In no backup from")
    expect(clear).to_have_text(re.compile(r"\d{4}$"))
    page.get_by_role("button", name="Search for what was deleted").click()
    page.get_by_text("Nothing of it was found.").wait_for(timeout=LONG)
    page.get_by_role("link", name="Deletion receipts").click()
    page.get_by_role("link", name="Document", exact=True).wait_for()


@pytest.mark.timeout(120)
def test_a_file_that_cannot_be_read_says_why_and_can_be_tried_again(
    page: Any, house: House
) -> None:
    sign_in(page, house, "ben")
    make_collection(page, "Attic")
    choose(page, ("broken.pdf", b"%PDF-1.7 and nothing more"))
    uploads = page.get_by_role("region", name="Uploads")
    uploads.get_by_text("1 failed").wait_for(timeout=LONG)
    expect(uploads.get_by_role("listitem")).to_contain_text("save a fresh copy")
    uploads.get_by_role("button", name="Try broken.pdf again").click()
    uploads.get_by_text("0 of 1 file done").wait_for()
    uploads.get_by_text("1 failed").wait_for(timeout=LONG)
    page.get_by_role("link", name="Search passages").click()
    page.get_by_label("Words or a question").wait_for()
    expect(uploads.get_by_text("1 failed")).to_have_count(1)
    page.go_back()

    # In another language the reason is in that language, by its code.
    page.evaluate("localStorage.setItem('rag-language', 'de')")
    page.reload()
    page.get_by_role("table").get_by_text("Die Datei ist beschädigt").wait_for()
    page.evaluate("localStorage.removeItem('rag-language')")
    page.reload()
    page.get_by_label("Pick broken.pdf").check()
    page.get_by_role("toolbar", name="1 document picked").get_by_role(
        "button", name="Delete"
    ).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="No documents yet").wait_for()

    page.get_by_role("button", name="Actions for Attic").click()
    page.get_by_role("menuitem", name="Delete collection").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete collection").click()
    page.wait_for_url("**/library")
    page.get_by_role("link", name="Attic").wait_for(state="detached")


@pytest.mark.timeout(120)
def test_a_right_that_is_given_opens_the_collection_and_taken_away_hides_it(
    page: Any, browser: Any, house: House
) -> None:
    house.sign_in("dora").close()
    sign_in(page, house, "carl")
    make_collection(page, "Minutes")
    address = page.url
    page.get_by_role("link", name="People and rights").click()
    name = page.get_by_role("combobox", name="User name")
    name.fill("nobody.at.all")
    page.get_by_role("option", name="No active person").wait_for()
    name.fill("DO")
    page.get_by_role("option", name="dora").click()
    expect(name).to_have_value("dora")
    page.get_by_role("button", name="Give", exact=True).click()
    page.get_by_role("combobox", name="Right of dora").wait_for()

    context = browser.new_context(locale="en-US")
    other = context.new_page()
    sign_in(other, house, "dora")
    other.goto(address)
    other.get_by_role("heading", name="Minutes").wait_for()
    expect(other.get_by_role("button", name="Add files")).to_have_count(0)

    page.get_by_role("button", name="Take the right of dora away").click()
    page.get_by_role("combobox", name="Right of dora").wait_for(state="detached")
    other.reload()
    other.get_by_text("There is no such collection.").wait_for()
    context.close()


def make_shelf(client: httpx.Client, name: str, *texts: str) -> str:
    """The id of a new collection with a searchable text for each of ``texts``."""
    made: str = client.post("/api/v1/collections", json={"name": name}).json()["id"]
    for text in texts:
        file_name = f"{text.split()[0].lower()}.txt"
        document = upload(client, made, file_name, text.encode()).json()["document"]["id"]
        assert until_searchable(client, document)["searchable"]
    return made


def move_to(page: Any, name: str) -> Any:
    """Choose where to, and wait for what came of it."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Into").select_option(label=name)
    dialog.get_by_role("button", name="Move", exact=True).click()
    dialog.get_by_role("button", name="Done").wait_for()
    return dialog


@pytest.mark.timeout(150)
def test_documents_move_to_another_collection_and_are_found_there(page: Any, house: House) -> None:
    same = "Herring is sold by the barrel."
    with house.sign_in("erik") as erik:
        quay = make_shelf(
            erik, "Quay", same, "Cod is sold by the crate.", "Eel is smoked on Fridays."
        )
        depot = make_shelf(erik, "Depot", same)
        sign_in(page, house, "erik")

        # One by its row's menu; the other collection is where it is found.
        page.goto(f"{house.url}/library/{quay}")
        page.get_by_role("button", name="Actions for cod.txt").click()
        page.get_by_role("menuitem", name="Move").click()
        dialog = move_to(page, "Depot")
        dialog.get_by_text("1 document is now in").wait_for()
        dialog.get_by_role("link", name="Depot").click()
        page.wait_for_url(f"**/library/{depot}")
        page.get_by_role("link", name="cod.txt").wait_for()
        page.goto(f"{house.url}/search?q=cod+by+the+crate&collection={depot}")
        page.locator("article").get_by_role("button", name="cod.txt").first.wait_for()

        # A selection, of which one is refused and says why.
        page.goto(f"{house.url}/library/{quay}")
        page.get_by_role("link", name="eel.txt").wait_for()
        page.get_by_label("Pick all on this page").check()
        page.get_by_role("toolbar").get_by_role("button", name="Move").click()
        dialog = move_to(page, "Depot")
        dialog.get_by_text("1 document is now in").wait_for()
        refused = dialog.get_by_role("listitem")
        expect(refused).to_contain_text("herring.txt")
        expect(refused).to_contain_text("a document of this name already")
        dialog.get_by_role("button", name="Done").click()
        page.get_by_role("link", name="eel.txt").wait_for(state="detached")

        # Back again, from the document's own view.
        page.goto(f"{house.url}/library/{depot}")
        page.get_by_role("link", name="eel.txt").click()
        page.get_by_role("button", name="Move").click()
        dialog = move_to(page, "Quay")
        dialog.get_by_role("button", name="Done").click()
        page.get_by_role("navigation", name="Where you are").get_by_role(
            "link", name="Quay"
        ).click()
        page.get_by_role("link", name="eel.txt").wait_for()
        held = erik.get("/api/v1/documents", params={"collection_id": quay}).json()["items"]
        assert {document["name"] for document in held} == {"herring.txt", "eel.txt"}


@pytest.mark.timeout(150)
def test_a_reload_in_the_middle_of_uploads_tells_what_was_sent(page: Any, house: House) -> None:
    sign_in(page, house, "finn")
    make_collection(page, "Hold")
    held: list[Any] = []
    first = iter([True])
    # The server gets the first file; the others are still on their way when the page is left.
    page.route(
        "**/api/v1/collections/*/documents",
        lambda route: route.continue_() if next(first, False) else held.append(route),
    )
    book = " ".join(f"Crate {number} holds {number * 7} lemons." for number in range(6_000))
    choose(page, ("crates.txt", book.encode()), ("two.txt", b"Second."), ("three.txt", b"Third."))
    uploads = page.get_by_role("region", name="Uploads")
    crates = uploads.get_by_role("listitem").filter(has_text="crates.txt")
    crates.get_by_text("Making it searchable by meaning").wait_for(timeout=LONG)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute("**/api/v1/collections/*/documents")
    uploads.get_by_text("2 failed").wait_for()
    for name in ("two.txt", "three.txt"):
        row = uploads.get_by_role("listitem").filter(has_text=name)
        row.get_by_text("Not sent: the page was left before").wait_for()
        expect(row.get_by_role("button")).to_have_count(0)
    crates.get_by_role("progressbar").wait_for()
    crates.get_by_text("Searchable", exact=True).wait_for(timeout=2 * LONG)
    # What was not sent is chosen again, and is not there twice.
    uploads.get_by_role("button", name="Remove those that are done").click()
    choose(page, ("crates.txt", book.encode()), ("two.txt", b"Second."))
    uploads.get_by_text("It was there already, unchanged").wait_for(timeout=LONG)
    uploads.get_by_text("2 files done").wait_for(timeout=LONG)
