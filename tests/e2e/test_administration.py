"""The administration clicked through: each window does what it says, and the API says so too."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect
from tests.api.house import PASSWORD, House
from tests.e2e.steps import sign_in

from on_prem_rag.bootstrap.backups import Backups


def open_section(page: Any, house: House, section: str) -> None:
    """Sign an administrator in, and open a section."""
    sign_in(page, house, "root", "admin")
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("navigation", name="Sections").get_by_role("link", name=section).click()
    page.get_by_role("region", name=section).wait_for()


def choose(page: Any, name: str, action: str) -> Any:
    """Choose from the menu of a row; returns the window that opens."""
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name=action).click()
    return page.get_by_role("dialog")


def confirm(dialog: Any, action: str) -> None:
    """Press the button of a window, and wait until the window is gone."""
    dialog.get_by_role("button", name=action, exact=True).click()
    dialog.wait_for(state="detached")


def pick(page: Any, dialog: Any, label: str, part: str, name: str) -> None:
    """Find a name by a part of it."""
    dialog.get_by_role("combobox", name=label).fill(part)
    page.get_by_role("option", name=name).click()


def person(root: httpx.Client, name: str) -> dict[str, Any] | None:
    """What the API says of somebody; nothing when there is no such person."""
    found = root.get("/api/v1/users", params={"search": name}).json()["items"]
    return next((user for user in found if user["username"] == name), None)


def refused(house: House, name: str, password: str) -> bool:
    """Whether a sign-in is refused."""
    with house.client() as anyone:
        typed = {"username": name, "password": password}
        return anyone.post("/api/v1/auth/token", json=typed).status_code == 401


@pytest.mark.timeout(150)
def test_a_person_comes_changes_and_goes(page: Any, house: House) -> None:
    with house.sign_in("root", "admin") as root, house.sign_in("ida") as ida:
        shelf = ida.post("/api/v1/collections", json={"name": "Ida's shelf"}).json()["id"]
        open_section(page, house, "People")
        page.get_by_role("button", name="Add a person").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("User name").fill("ida")
        dialog.get_by_role("button", name="Add a person").click()
        dialog.get_by_text("exists already").wait_for()
        dialog.get_by_label("User name").fill("jon")
        dialog.get_by_role("button", name="Add a person").click()
        password = dialog.get_by_label("One-time password of jon").input_value()
        confirm(dialog, "Done")
        jon = person(root, "jon")
        assert jon is not None
        assert jon["must_change_password"]
        assert not refused(house, "jon", password)

        dialog = choose(page, "jon", "Give a new password")
        dialog.get_by_role("button", name="Give a new password").click()
        dialog.get_by_label("One-time password of jon").wait_for()
        confirm(dialog, "Done")
        assert refused(house, "jon", password)

        dialog = choose(page, "jon", "Change the role")
        dialog.get_by_label("Role").select_option("auditor")
        confirm(dialog, "Save")
        page.get_by_role("row", name=re.compile("^jon auditor")).wait_for()

        confirm(choose(page, "ida", "Disable"), "Disable")
        page.get_by_role("row", name=re.compile("^ida .*disabled")).wait_for()
        assert refused(house, "ida", PASSWORD)
        confirm(choose(page, "ida", "Enable"), "Enable")
        page.get_by_role("row", name=re.compile("^ida .*active")).wait_for()
        assert not refused(house, "ida", PASSWORD)

        # Whoever owns what others read has an heir; who is the last administrator stays.
        dialog = choose(page, "ida", "Delete")
        dialog.get_by_role("button", name="Delete").click()
        dialog.get_by_text("Name an heir").wait_for()
        pick(page, dialog, "Who takes over their shared collections", "roo", "root")
        confirm(dialog, "Delete")
        page.get_by_role("button", name="Actions for ida").wait_for(state="detached")
        assert person(root, "ida") is None
        assert root.get(f"/api/v1/collections/{shelf}").json()["level"] == "manager"
        dialog = choose(page, "root", "Disable")
        dialog.get_by_role("button", name="Disable").click()
        dialog.get_by_text("This is the last admin.").wait_for()


@pytest.mark.timeout(120)
def test_a_group_its_members_and_its_limits(page: Any, house: House) -> None:
    house.sign_in("kim").close()
    with house.sign_in("root", "admin") as root:
        open_section(page, house, "Groups")
        page.get_by_role("button", name="Add a group").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Sales")
        confirm(dialog, "Save")
        dialog = choose(page, "sales", "Members")
        pick(page, dialog, "Add a person or a service account", "ki", "kim")
        dialog.get_by_role("button", name="Add", exact=True).click()
        dialog.get_by_role("button", name="Take kim out").wait_for()
        page.keyboard.press("Escape")
        dialog = choose(page, "sales", "Rename")
        dialog.get_by_label("Name").fill("everyone")
        dialog.get_by_role("button", name="Save").click()
        dialog.get_by_text("exists already").wait_for()
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        # What was refused earlier is not said again.
        dialog = choose(page, "sales", "Rename")
        expect(dialog.get_by_role("alert")).to_have_count(0)
        dialog.get_by_label("Name").fill("Field sales")
        confirm(dialog, "Save")
        page.get_by_role("row", name=re.compile("^field sales 1 ")).wait_for()
        kim = person(root, "kim")
        assert kim is not None
        assert kim["groups"] == ["field sales"]

        page.get_by_role("navigation", name="Sections").get_by_role("link", name="Limits").click()
        page.get_by_role("button", name="Set limits").click()
        dialog.get_by_label("For", exact=True).select_option("groups")
        pick(page, dialog, "Whose", "fie", "field sales")
        dialog.get_by_label("Questions a day").fill("7")
        dialog.get_by_label("Storage (MB)").fill("1.5")
        confirm(dialog, "Save")
        page.get_by_role("row", name=re.compile("^field sales group .* 7 ")).wait_for()
        [limit] = root.get("/api/v1/limits").json()["items"]
        assert limit["limits"]["queries_per_day"] == 7
        assert limit["limits"]["storage_bytes"] == 1_500_000
        page.get_by_role("button", name="Edit the limits of field sales").click()
        dialog.get_by_label("Questions a day").fill("")
        confirm(dialog, "Save")
        page.get_by_role("button", name="Clear the limits of field sales").click()
        confirm(dialog, "Clear")
        page.get_by_text("Nobody has limits of their own").wait_for()
        assert root.get("/api/v1/limits").json()["items"] == []


@pytest.mark.timeout(120)
def test_a_service_account_and_its_key(page: Any, house: House) -> None:
    open_section(page, house, "Service accounts")
    page.get_by_role("button", name="Add a service account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("crawler")
    confirm(dialog, "Add a service account")
    dialog = choose(page, "crawler", "New API key")
    dialog.get_by_label("Name").fill("nightly")
    dialog.get_by_label("Read:").uncheck()
    dialog.get_by_role("button", name="New API key").click()
    dialog.get_by_text("Choose at least one.").wait_for()
    dialog.get_by_label("Read:").check()
    dialog.get_by_role("button", name="New API key").click()
    key = dialog.get_by_label("nightly").input_value()
    confirm(dialog, "Done")
    with house.client(key) as crawler:
        assert crawler.get("/api/v1/collections").status_code == 200
        confirm(choose(page, "crawler", "Disable"), "Disable")
        page.get_by_role("row", name=re.compile("^crawler disabled")).wait_for()
        assert crawler.get("/api/v1/collections").status_code == 401
        confirm(choose(page, "crawler", "Enable"), "Enable")
        page.get_by_role("row", name=re.compile("^crawler active")).wait_for()
        assert crawler.get("/api/v1/collections").status_code == 200
        page.get_by_role("navigation", name="Sections").get_by_role("link", name="API keys").click()
        page.get_by_role("button", name="Revoke nightly").click()
        confirm(dialog, "Revoke")
        page.get_by_role("row", name=re.compile("nightly .* revoked")).wait_for()
        assert crawler.get("/api/v1/collections").status_code == 401


@pytest.mark.timeout(120)
def test_settings_hold_at_once_and_say_that_they_do(page: Any, house: House) -> None:
    with house.sign_in("root", "admin") as root:
        open_section(page, house, "Settings")
        page.get_by_role("button", name="Ask a test question").click()
        page.get_by_text("tokens a second").wait_for()
        page.get_by_label("Context in tokens").fill("4096")
        page.get_by_role("button", name="Save").first.click()
        page.get_by_role("button", name="Back to the defaults").wait_for()
        page.get_by_text("Saved", exact=True).wait_for()
        values = root.get("/api/v1/admin/settings").json()["values"]
        assert values["num_ctx"] == 4096
        page.get_by_role("button", name="Back to the defaults").click()
        page.get_by_role("button", name="Back to the defaults").wait_for(state="detached")
        expect(page.get_by_label("Context in tokens")).to_have_value("8192")

        page.get_by_label("Name of your organisation").fill("Nordwerk")
        page.get_by_role("slider").fill("30")
        page.get_by_role("button", name="Save").nth(1).click()
        page.get_by_role("navigation", name="Places").get_by_text("Nordwerk").wait_for()
        image = BytesIO()
        Image.new("RGB", (64, 32), "teal").save(image, "PNG")
        file = {"name": "logo.png", "mimeType": "image/png", "buffer": image.getvalue()}
        page.locator("input[type=file]").set_input_files([file])
        page.get_by_role("button", name="Remove the logo").wait_for()
        branding = root.get("/api/v1/branding").json()
        assert (branding["name"], branding["hue"]) == ("Nordwerk", 30)
        assert root.get(branding["logo"]).headers["content-type"] == "image/png"
        page.get_by_role("button", name="Remove the logo").click()
        page.get_by_role("button", name="Remove the logo").wait_for(state="detached")

        page.get_by_label("What everyone is told").fill("Maintenance at six.")
        page.get_by_role("button", name="Show to everyone").click()
        page.get_by_role("complementary", name="Announcement").get_by_text("at six").wait_for()
        page.get_by_role("button", name="End it").click()
        page.get_by_role("complementary", name="Announcement").wait_for(state="detached")
        assert root.get("/api/v1/announcement").json()["announcement"] is None

        with page.expect_response(lambda answer: answer.request.method == "PATCH"):
            page.get_by_label("What is logged").select_option("WARNING")
        assert root.get("/api/v1/admin/settings").json()["values"]["log_level"] == "WARNING"
        with page.expect_response(lambda answer: answer.request.method == "PATCH"):
            page.get_by_label("What is logged").select_option("INFO")


@pytest.mark.timeout(120)
def test_feedback_is_read_and_the_log_is_filtered_checked_and_exported(
    page: Any, other_page: Any, house: House
) -> None:
    with house.sign_in("lena") as lena:
        talk = lena.post("/api/v1/conversations", json={"title": ""}).json()["id"]
        place = f"/api/v1/conversations/{talk}/messages"
        asked = lena.post(place, json={"content": "What colour is the boat?"}).json()
        assert "event: done" in lena.get(asked["events_url"]).text
        verdict = {"rating": -1, "reason": "incomplete", "comment": "", "with_question": True}
        lena.put(f"{place}/{asked['answer_id']}/feedback", json=verdict).raise_for_status()
        spare = lena.post("/api/v1/conversations", json={"title": ""}).json()["id"]
        lena.delete(f"/api/v1/conversations/{spare}").raise_for_status()
    open_section(page, house, "Feedback")
    page.get_by_text("What colour is the boat?").wait_for()
    page.get_by_label("Show").select_option("good")
    page.get_by_text("Nobody has rated").wait_for()

    sign_in(other_page, house, "otto", "auditor")
    other_page.get_by_label("Who", exact=True).fill("otto")
    other_page.get_by_label("Event").fill("session:login")
    other_page.get_by_role("button", name="Filter").click()
    other_page.wait_for_url("**actor=otto**")
    rows = other_page.get_by_role("table").locator("tbody tr")
    expect(rows.filter(has_not_text="session:login")).to_have_count(0)
    rows.first.wait_for()
    rows.first.get_by_text("Show").click()
    rows.first.get_by_text("hash").wait_for()
    other_page.get_by_role("button", name="Check the chain").click()
    other_page.get_by_text("events hold").wait_for()
    other_page.get_by_role("button", name="Export").click()
    with other_page.expect_download() as download:
        other_page.get_by_role("menuitem", name="CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) > 1
    assert all("login" in line for line in lines[1:])

    # Receipts of others: the auditor sees whose they are, the administrator only their own.
    other_page.get_by_role("link", name="Deletion receipts").click()
    other_page.get_by_role("row", name=re.compile("^Conversation .* lena ")).get_by_role(
        "link"
    ).click()
    other_page.get_by_role("heading", name="A conversation was deleted").wait_for()
    other_page.get_by_role("button", name="Search for what was deleted").wait_for()
    page.get_by_role("button", name="root", exact=True).click()
    page.get_by_role("menuitem", name="Deletion receipts").click()
    page.get_by_role("heading", name="Deletion receipts").wait_for()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("link", name="Conversation", exact=True)).to_have_count(0)


def test_the_overview_tells_of_backups(page: Any, house: House) -> None:
    open_section(page, house, "Overview")
    card = page.locator("dl > div").filter(has_text="Backups")
    card.get_by_text("None was made yet").wait_for()
    Backups(house.appliance.settings).create()
    page.reload()
    card.get_by_text("A restore was never tried").wait_for()
    expect(card.locator("dd").first).to_have_text("1")
