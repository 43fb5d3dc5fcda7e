"""Upload, question and cited answer through TLS; what nobody may reach; and back from a backup."""

from __future__ import annotations

import json
import shutil
import socket
import stat
import time
from itertools import product
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright
from tests.chromium import find_chromium
from tests.containers.listener import counting_egress, host_address, listening, plant_attempt
from tests.containers.stack import (
    HTTP_PORT,
    HTTPS_PORT,
    NAME,
    PASSWORD,
    Stack,
    upload,
    wait_until_searchable,
)

from on_prem_rag.cli.sse import read_events

FACT = "The annual rent of the boathouse is 4,711 euros, payable to the harbour master in May."
QUESTION = "What is the annual rent of the boathouse?"


def _ask(client: httpx.Client) -> list[tuple[float, str, dict[str, object]]]:
    """The events of a streamed answer, each with when it came."""
    body = {"query": QUESTION, "stream": True}
    with client.stream("POST", "/api/v1/query", json=body) as answer:
        assert answer.status_code == 200, answer.read()
        return [(time.monotonic(), event.type, event.data) for event in read_events(answer)]


def _cited(events: list[tuple[float, str, dict[str, object]]]) -> set[str]:
    return {str(data["document_name"]) for _, name, data in events if name == "citation"}


def test_from_upload_to_answer_and_back_from_a_backup(stack: Stack) -> None:
    with stack.administrator() as client:
        wait_until_searchable(client, upload(client, "boathouse.txt", FACT))
        before = _ask(client)
    assert "boathouse.txt" in _cited(before)
    tokens = [at for at, name, _ in before if name == "token"]
    assert tokens[-1] - tokens[0] > 0.1, "the proxy held the answer back"

    stack.run("scripts/backup.sh")
    (snapshot,) = (stack.folder / "backups" / "snapshots").glob("*.json")
    stack.compose("down", "--volumes")
    stack.compose("up", "--detach", "--wait")
    with stack.administrator() as client:
        assert client.get("/api/v1/documents").json()["total"] == 0, "a new machine"
    stack.run("scripts/restore.sh", snapshot.stem, "--yes")
    with stack.administrator() as client:
        deadline = time.monotonic() + 60
        while "boathouse.txt" not in _cited(after := _ask(client)):
            assert time.monotonic() < deadline, "the restored document is cited"
        assert _text(after) == _text(before)


def _text(events: list[tuple[float, str, dict[str, object]]]) -> str:
    return "".join(str(data["text"]) for _, name, data in events if name == "token")


def test_the_proxy_alone_publishes_ports(stack: Stack) -> None:
    for service, container in stack.containers().items():
        shown = stack.run(
            "docker", "inspect", "--format", "{{json .HostConfig.PortBindings}}", container
        ).stdout
        assert bool(json.loads(shown)) == (service == "proxy"), service


def test_plain_http_is_sent_to_tls_and_metrics_stay_inside(stack: Stack) -> None:
    plain = httpx.get(f"http://127.0.0.1:{HTTP_PORT}/", headers={"Host": NAME}, trust_env=False)
    assert (plain.status_code, plain.headers["location"]) == (301, f"https://{NAME}/")
    with stack.client() as client:
        assert client.get("/metrics").status_code == 404
        page = client.get("/")
    assert page.http_version == "HTTP/1.1"
    assert "max-age" in page.headers["strict-transport-security"]
    context = stack.trust()
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(("127.0.0.1", HTTPS_PORT)) as plain_socket,
        context.wrap_socket(plain_socket, server_hostname=NAME) as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"


_REACH = "exec 3<>/dev/tcp/{host}/{port}"


def test_nothing_but_the_proxy_has_a_way_out(stack: Stack) -> None:
    host = host_address(stack)
    with listening() as (port, seen):
        reach = _REACH.format(host=host, port=port)
        for service in stack.containers():
            seen.clear()
            command = ("exec", "-T", service, "timeout", "5", "bash", "-c")
            reached = stack.compose(*command, reach, check=False).returncode == 0
            named = stack.compose(*command, "getent hosts debian.org", check=False).returncode == 0
            if service == "proxy":
                assert reached, "the control"
                assert seen, "the control is counted"
            else:
                assert (reached, named, seen) == (False, False, []), service


def test_the_host_counts_nothing_that_leaves_over_a_journey(stack: Stack) -> None:
    with counting_egress(stack) as count:
        with stack.administrator() as client:
            wait_until_searchable(client, upload(client, "egress.txt", FACT))
            assert _cited(_ask(client))
            assert client.get("/api/v1/models").is_success
        stack.run("scripts/backup.sh")
        assert count() == 0
        plant_attempt(stack, "rag-backend")
        assert count() > 0, "the control"


def test_files_of_every_kind_of_server_hold_and_mistakes_are_named(stack: Stack) -> None:
    plain, gpu = "docker-compose.yml", "docker-compose.yml:docker-compose.override.yml"
    notify, syslog = "deploy/alertmanager/notify.yml", "deploy/logging/syslog.yml"
    added = ("", f":{notify}", f":{syslog}", f":{notify}:{syslog}")
    for files, more, profile in product((plain, gpu), added, ("", "monitoring")):
        chosen = {"COMPOSE_FILE": files + more, "COMPOSE_PROFILES": profile}
        address = {"SYSLOG_ADDRESS": "tcp+tls://logs.example.internal:6514"}
        Stack(stack.folder, {**stack.env, **chosen, **address}).compose("config", "--quiet")
    silent = Stack(stack.folder, {**stack.env, "COMPOSE_FILE": f"{plain}:{syslog}"})
    refused = silent.compose("config", "--quiet", check=False)
    assert refused.returncode != 0
    assert "set SYSLOG_ADDRESS in .env" in refused.stderr
    nameless = Stack(stack.folder, {**stack.env, "SERVER_NAME": ""})
    refused = nameless.compose("config", "--quiet", check=False)
    assert refused.returncode != 0
    assert "set SERVER_NAME in .env" in refused.stderr
    typo = stack.folder / "typo.yml"
    typo.write_text("services: {proxy: {imaeg: nginx}}")
    misspelt = Stack(stack.folder, {**stack.env, "COMPOSE_FILE": f"{plain}:{typo}"})
    refused = misspelt.compose("config", "--quiet", check=False)
    assert refused.returncode != 0
    assert "imaeg" in refused.stderr


def test_an_enterprise_s_own_certificate_is_kept_and_gets_its_owner(
    stack: Stack, tmp_path: Path
) -> None:
    made, own = stack.folder / "secrets", tmp_path / "secrets"
    own.mkdir()
    shutil.copyfile(made / "tls_certificate.pem", own / "tls_certificate.pem")
    refused = stack.run("scripts/secrets.sh", NAME, str(own), check=False)
    assert refused.returncode == 1
    assert "tls_key.pem is missing" in refused.stderr
    shutil.copyfile(made / "tls_key.pem", own / "tls_key.pem")
    stack.run("scripts/secrets.sh", NAME, str(own))
    for file, mode in (("tls_key.pem", 0o440), ("tls_certificate.pem", 0o444)):
        found = (own / file).stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (101, mode), file
        assert (own / file).read_bytes() == (made / file).read_bytes()
    assert not (own / "ca.pem").exists()


def test_a_stopped_backend_is_told_on_the_page_and_in_the_api(stack: Stack) -> None:
    stack.compose("stop", "rag-backend")
    try:
        with stack.client() as client:
            page, api = client.get("/"), client.get("/api/v1/collections")
        assert page.status_code == 503
        assert "Not available right now" in page.text
        assert api.status_code == 503
        assert api.json()["error"]["code"] == "service_unavailable"
    finally:
        stack.compose("up", "--detach", "--wait")


def test_a_person_signs_in_and_reads_in_a_browser(stack: Stack) -> None:
    with stack.administrator():
        pass  # whose first password is changed now
    chromium = find_chromium()
    assert chromium, "apt-get install chromium"
    address = f"https://{NAME}:{HTTPS_PORT}"
    outside: list[str] = []
    with sync_playwright() as playwright:
        # The machine does not know the private authority; what it signed is checked above.
        arguments = [f"--host-resolver-rules=MAP {NAME} 127.0.0.1", "--ignore-certificate-errors"]
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", *arguments]
        )
        page = browser.new_page()
        page.on("request", lambda r: outside.append(r.url) if address not in r.url else None)
        page.goto(address)
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Library").first.click()
        page.get_by_text("Harbour").first.wait_for()
        cookies = page.context.cookies()
        browser.close()
    assert cookies
    for cookie in cookies:
        assert cookie["name"].startswith("__Host-")
        assert cookie["secure"]
        assert cookie["httpOnly"]
    assert outside == []
