"""From the first start to a cited answer, by the page alone: ``python -m tests.e2e.first_steps``.

Takes the screenshots in docs/screenshots and prints how many clicks it took. The documents were
written for it.
"""

from __future__ import annotations

import re
import tempfile
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer
from tests.chromium import find_chromium
from tests.server_process import ServerProcess, wait_for

SCREENSHOTS = Path(__file__).parents[2] / "docs" / "screenshots"
PASSWORD = "granite otter velvet moon"
QUESTION = "How many days of parental leave are there?"
HANDBOOK = {
    "Working hours": "The week has 38 hours. Whoever works more in one week works less within the "
    "eight weeks after it. Nobody is expected to answer messages after seven in the evening.",
    "Leave": "Everyone has 29 days of leave a year. Days that are left over may be taken until the "
    "end of March. Leave is agreed with the team, not granted by a form.",
    "Parental leave": "Each parent has 90 days of parental leave with full pay within the first "
    "two years of a child's life. It may be taken in up to three parts; each part is announced six "
    "weeks ahead.",
    "Travel": "Trains are booked in second class up to three hours and in first class beyond. "
    "Flights need a reason. Receipts are handed in within a month.",
}


class Walk:
    """A person at the page, whose clicks are counted."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: Any) -> None:
        """Click once."""
        target.click()
        self.clicks += 1

    def show(self, name: str) -> None:
        """Take a screenshot of what is to be seen now."""
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


def handbook() -> bytes:
    """The document of the walk."""
    styles = getSampleStyleSheet()
    story: list[Any] = [Paragraph("Staff handbook", styles["Title"])]
    for heading, text in HANDBOOK.items():
        story += [Paragraph(heading, styles["Heading2"]), Paragraph(text, styles["BodyText"])]
        story.append(Spacer(1, 12))
    buffer = BytesIO()
    SimpleDocTemplate(buffer, pagesize=A5, title="Staff handbook", invariant=True).build(story)
    return buffer.getvalue()


def walk(page: Any, url: str, one_time_password: str) -> int:
    """From signing in to the evidence; returns how many clicks that were."""
    steps = Walk(page)
    button = page.get_by_role
    page.goto(url)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(one_time_password)
    steps.show("1-sign-in")
    steps.click(button("button", name="Sign in"))
    page.get_by_label("One-time password").fill(one_time_password)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    steps.show("2-choose-a-password")
    steps.click(button("button", name="Change password"))
    page.get_by_text("There are no documents yet").wait_for()
    steps.show("3-nothing-yet")
    steps.click(button("link", name="Add some to the library"))
    steps.click(page.locator("main a[href^='/library/']").first)
    with page.expect_file_chooser() as chooser:
        steps.click(button("button", name="Add files"))
    file = {"name": "staff-handbook.pdf", "mimeType": "application/pdf", "buffer": handbook()}
    chooser.value.set_files([file])
    page.get_by_text("1 file done", exact=True).wait_for()
    page.get_by_role("table").get_by_text("Searchable").wait_for()
    steps.show("4-library")
    steps.click(button("link", name="New question"))
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    cited = page.locator("article").get_by_role("button", name=re.compile("^Source")).first
    cited.wait_for()
    steps.show("5-answer")
    steps.click(cited)
    page.locator("aside img").wait_for()
    steps.show("6-evidence")
    return steps.clicks


def find_password(server: ServerProcess) -> re.Match[str] | None:
    """The admin's one-time password, which the first start prints."""
    return re.search(r"not shown again: (\S+)", server.log)


def main() -> None:
    """Take all screenshots anew."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder) / "data")
        try:
            entry = server.start()
            password = wait_for(partial(find_password, server), "the password is printed")
            assert password is not None
            chromium = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox"]
            )
            page = chromium.new_page(viewport={"width": 1280, "height": 800}, locale="en-US")
            page.set_default_timeout(120_000)
            print(f"{walk(page, entry.url, password[1])} clicks")  # noqa: T201
        finally:
            server.end()


if __name__ == "__main__":
    main()
