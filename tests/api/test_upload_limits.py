"""Limits of what people upload in a day and keep in all."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
from starlette.types import Message, Scope
from tests.api.house import PASSWORD, House, upload

from on_prem_rag.db.base import new_id


class Uploader:
    """A person with limits, who uploads files of a size each."""

    def __init__(self, house: House, admin: httpx.Client, **limits: int) -> None:
        user, _ = house.appliance.auth.users.create(f"user-{new_id()}", password=PASSWORD)
        self.user_id = user.id
        login = house.appliance.auth.login
        token = login(user.username, PASSWORD, address=f"test {new_id()}").access_token
        self.client = house.client(token)
        self._house = house
        self.place = self.client.post("/api/v1/collections", json={"name": "Mine"}).json()["id"]
        assert admin.patch(f"/api/v1/limits/users/{self.user_id}", json=limits).status_code == 200

    def __enter__(self) -> Uploader:
        return self

    def __exit__(self, *_: object) -> None:
        # Nobody need read these files, which would hold up those of other tests.
        self.client.delete(f"/api/v1/collections/{self.place}")
        self.client.close()

    def send(self, name: str, size: int) -> httpx.Response:
        return upload(self.client, self.place, name, name.encode().ljust(size, b"."))

    def scope(self) -> Scope:
        """Of an upload that is sent without a client."""
        path = f"/api/v1/collections/{self.place}/documents"
        headers = {
            **self.client.headers,
            "host": "localhost",
            "content-type": "multipart/form-data; boundary=x",
        }
        return {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }

    def files(self) -> int:
        return sum(1 for _ in self._house.appliance.originals._directory.iterdir())

    def documents(self) -> list[str]:
        params = {"collection_id": self.place}
        items = self.client.get("/api/v1/documents", params=params).json()["items"]
        return sorted(item["name"] for item in items)


def test_bytes_uploaded_in_a_day_are_limited(house: House, admin: httpx.Client) -> None:
    with Uploader(house, admin, upload_bytes_per_day=300_000) as uploader:
        first = uploader.send("a.txt", 200_000)
        assert first.status_code == 202
        assert (
            '"upload-bytes";q=300000;w=86400;qu="content-bytes"'
            in (first.headers["ratelimit-policy"])
        )
        assert '"upload-bytes";r=100000' in first.headers["ratelimit"]
        before = uploader.files()
        refused = uploader.send("b.txt", 200_000)
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "too_many_requests"
        assert 3600 < int(refused.headers["retry-after"]) <= 25 * 3600
        assert uploader.send("a.txt", 90_000).status_code == 202, "a version counts like a file"
        assert uploader.documents() == ["a.txt"]
        assert uploader.files() == before + 1


def test_a_key_may_upload_less_than_its_owner(house: House, admin: httpx.Client) -> None:
    with Uploader(house, admin, upload_bytes_per_day=1_000_000) as uploader:
        view, text = house.appliance.auth.keys.create(uploader.user_id, "k", ["write"])
        path = f"/api/v1/limits/api-keys/{view.key.id}"
        admin.patch(path, json={"upload_bytes_per_day": 100_000})
        with house.client(text) as client:
            sent = upload(client, uploader.place, "k.txt", b"k" * 90_000)
            assert sent.status_code == 202
            assert '"key-upload-bytes";r=10000' in sent.headers["ratelimit"]
            assert upload(client, uploader.place, "l.txt", b"l" * 90_000).status_code == 429
        assert uploader.send("o.txt", 90_000).status_code == 202


def test_storage_is_limited_and_free_again_after_deleting(
    house: House, admin: httpx.Client
) -> None:
    with Uploader(house, admin, storage_bytes=300_000) as uploader:
        made = uploader.send("a.txt", 200_000).json()["document"]["id"]
        before = uploader.files()
        for size in (200_000, 100_001):
            refused = uploader.send("b.txt", size)
            assert refused.status_code == 413
            assert refused.json()["error"]["code"] == "storage_full"
        assert uploader.documents() == ["a.txt"]
        assert uploader.files() == before, "no half file stays behind"
        assert uploader.client.delete(f"/api/v1/documents/{made}").status_code == 200
        assert uploader.send("b.txt", 200_000).status_code == 202


def test_uploads_at_once_share_the_last_room(house: House, admin: httpx.Client) -> None:
    for limits, code in (
        ({"storage_bytes": 100_000}, 413),
        ({"upload_bytes_per_day": 100_000}, 429),
    ):
        with Uploader(house, admin, **limits) as uploader, ThreadPoolExecutor(8) as pool:
            sent = pool.map(lambda n: uploader.send(f"{n}.txt", 30_000), range(8))
            codes = [response.status_code for response in sent]
            assert sorted(codes) == [202] * 3 + [code] * 5
            assert len(uploader.documents()) == 3


def test_a_file_that_does_not_fit_is_refused_while_it_streams(
    house: House, admin: httpx.Client
) -> None:
    with Uploader(house, admin, storage_bytes=100_000) as uploader:
        app, received = house.app, 0

        async def upload_four_megabytes() -> list[Message]:
            head = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
            sent: list[Message] = []

            async def receive() -> Message:
                nonlocal received
                received += 1
                body = head if received == 1 else b"a" * 100_000
                return {"type": "http.request", "body": body, "more_body": received <= 40}

            async def send(message: Message) -> None:
                sent.append(message)

            await app(uploader.scope(), receive, send)
            return sent

        sent = asyncio.run(upload_four_megabytes())
        assert sent[0]["status"] == 413
        assert b"storage_full" in sent[1]["body"]
        assert received < 20
