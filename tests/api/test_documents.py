from __future__ import annotations

import hashlib
from io import BytesIO

import httpx
import pytest
from PIL import Image
from tests.api.conftest import Library
from tests.api.house import LEASE, House, make_pdf, upload

from on_prem_rag.documents.models import DocumentVersion


@pytest.fixture
def shelf(ann: httpx.Client, library: Library, request: pytest.FixtureRequest) -> str:
    # The library comes first, so that its worker does not find what these tests upload.
    return ann.post("/api/v1/collections", json={"name": request.node.name[:200]}).json()["id"]


def staged(house: House) -> list:
    return list(house.appliance.settings.originals_dir.glob(".staged-*"))


def test_an_upload_is_stored_whole_under_its_hash(
    house: House, ann: httpx.Client, shelf: str
) -> None:
    data = b"line of text\r\n--boundary--\r\n" * 80_000
    sent = upload(ann, shelf, "notes.txt", data, name="folder/notes.txt")
    assert sent.status_code == 202
    body = sent.json()
    assert body["outcome"] == "created"
    assert body["document"]["name"] == "folder/notes.txt"
    assert body["document"]["latest"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert body["document"]["latest"]["size_bytes"] == len(data)
    assert staged(house) == []
    original = ann.get(f"/api/v1/documents/{body['document']['id']}/original")
    assert original.content == data
    assert original.headers["content-disposition"] == 'attachment; filename="notes.txt"'
    assert original.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in original.headers["content-security-policy"]
    assert ann.get(f"/api/v1/jobs/{body['job_id']}").json()["status"] in ("queued", "running")


def test_the_same_again_is_unchanged_and_other_bytes_replace(ann: httpx.Client, shelf: str) -> None:
    first = upload(ann, shelf, "a.txt", b"one").json()
    same = upload(ann, shelf, "a.txt", b"one")
    assert (same.status_code, same.json()["outcome"]) == (200, "unchanged")
    assert same.json()["job_id"] is None
    other = upload(ann, shelf, "a.txt", b"two").json()
    assert other["outcome"] == "replaced"
    assert other["document"]["id"] == first["document"]["id"]
    detail = ann.get(f"/api/v1/documents/{first['document']['id']}").json()
    assert [version["number"] for version in detail["versions"]] == [2, 1]
    old = ann.get(
        f"/api/v1/documents/{first['document']['id']}/original",
        params={"version_id": detail["versions"][1]["id"]},
    )
    assert old.content == b"one"


def test_the_byte_cap_holds_with_and_without_a_length(
    house: House, ann: httpx.Client, shelf: str
) -> None:
    size = house.appliance.settings.max_upload_bytes
    assert upload(ann, shelf, "fits.txt", b"x" * size).status_code == 202
    too_large = upload(ann, shelf, "large.txt", b"x" * (size + 1))
    assert too_large.status_code == 413
    assert too_large.json()["error"]["code"] == "payload_too_large"

    def chunks():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="l.txt"\r\n\r\n'
        for _ in range(size // 65536 + 2):
            yield b"x" * 65536
        yield b"\r\n--b--\r\n"

    chunked = ann.post(
        f"/api/v1/collections/{shelf}/documents",
        content=chunks(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert chunked.status_code == 413
    assert staged(house) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"nonsense"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nno file\r\n--b--\r\n',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nx\r\n--b--',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
            + b"x" * 9000
            + b"\r\n--b--\r\n",
        ),
    ],
)
def test_a_malformed_upload_is_refused_and_leaves_nothing(
    house: House, ann: httpx.Client, shelf: str, content_type: str, body: bytes
) -> None:
    refused = ann.post(
        f"/api/v1/collections/{shelf}/documents",
        content=body,
        headers={"Content-Type": content_type},
    )
    assert refused.status_code == 422, refused.text
    assert staged(house) == []
    assert ann.get("/api/v1/documents", params={"collection_id": shelf}).json()["total"] == 0


def test_a_file_name_is_only_a_name(ann: httpx.Client, shelf: str) -> None:
    sent = upload(ann, shelf, "x.txt", b"text", name="../../etc/pass\\wd")
    assert sent.json()["document"]["name"] == "etc/pass/wd"


def test_listing_pages_filters_and_sorts(ann: httpx.Client, shelf: str) -> None:
    for name, data in (("b.txt", b"22"), ("a.txt", b"333"), ("c.txt", b"1")):
        upload(ann, shelf, name, data)

    def found(**params: object) -> list[str]:
        query = {"collection_id": shelf, **params}
        page = ann.get("/api/v1/documents", params=query).json()
        return [item["name"] for item in page["items"]]

    assert found() == ["a.txt", "b.txt", "c.txt"]
    assert found(limit=1, offset=1) == ["b.txt"]
    assert found(sort="size_bytes", descending=True) == ["a.txt", "b.txt", "c.txt"]
    assert found(name="B.T") == ["b.txt"]
    assert found(status="ready") == []
    for key in ("media_type", "page_count", "chunk_count", "created_by", "status"):
        assert sorted(found(sort=key)) == ["a.txt", "b.txt", "c.txt"]
    assert ann.get("/api/v1/documents", params={"sort": "secret"}).status_code == 422
    assert ann.get("/api/v1/documents", params={"limit": 0}).status_code == 422


def test_a_document_is_found_by_its_title_and_counted_by_its_pages(
    house: House, ann: httpx.Client, shelf: str
) -> None:
    for name, title, pages in (("1.txt", "Lease of the Warehouse", 9), ("2.txt", None, 12)):
        sent = upload(ann, shelf, name, name.encode()).json()
        with house.appliance.database.write() as session:
            version = session.get_one(DocumentVersion, sent["document"]["latest"]["id"])
            version.title, version.page_count = title, pages

    def found(**params: object) -> list[str]:
        query = {"collection_id": shelf, **params}
        page = ann.get("/api/v1/documents", params=query).json()
        assert page["total"] == len(page["items"])
        return [item["name"] for item in page["items"]]

    assert found(name="WAREHOUSE") == ["1.txt"]
    assert found(name="%") == []
    assert found(sort="page_count") == ["1.txt", "2.txt"]
    assert found(sort="page_count", descending=True) == ["2.txt", "1.txt"]


def test_a_document_says_who_added_it(house: House, ann: httpx.Client, shelf: str) -> None:
    leaver = house.sign_in("leaver")
    grant = {"principal": "leaver", "level": "contributor"}
    assert ann.put(f"/api/v1/collections/{shelf}/grants", json=grant).is_success
    sent = upload(leaver, shelf, "theirs.txt", b"theirs").json()["document"]
    assert sent["created_by_name"] == "leaver"
    upload(ann, shelf, "hers.txt", b"hers")

    def names(**params: object) -> list[str | None]:
        query = {"collection_id": shelf, **params}
        page = ann.get("/api/v1/documents", params=query).json()
        return [item["created_by_name"] for item in page["items"]]

    assert names(sort="created_by") == ["ann", "leaver"]
    assert names(sort="created_by", descending=True) == ["leaver", "ann"]
    leaver.close()
    house.appliance.user_removal.delete(sent["created_by"])
    assert sorted(names(), key=str) == [None, "ann"]
    assert ann.get(f"/api/v1/documents/{sent['id']}").json()["created_by_name"] is None


def test_a_contributor_changes_only_their_own(
    ann: httpx.Client, bob: httpx.Client, shelf: str
) -> None:
    grants = f"/api/v1/collections/{shelf}/grants"
    ann.put(grants, json={"principal": "bob", "level": "contributor"})
    anns = upload(ann, shelf, "ann.txt", b"ann").json()["document"]["id"]
    bobs = upload(bob, shelf, "bob.txt", b"bob").json()["document"]["id"]
    assert bob.delete(f"/api/v1/documents/{anns}").status_code == 403
    assert bob.delete(f"/api/v1/documents/{bobs}").status_code == 200
    assert ann.get(f"/api/v1/documents/{bobs}").status_code == 404


def test_deleting_removes_the_file_when_nothing_else_needs_it(
    house: House, ann: httpx.Client, shelf: str
) -> None:
    one = upload(ann, shelf, "one.txt", b"shared bytes").json()["document"]
    two = upload(ann, shelf, "two.txt", b"shared bytes").json()["document"]
    path = house.appliance.originals.path(one["latest"]["sha256"])
    ann.delete(f"/api/v1/documents/{one['id']}")
    assert path.exists()
    ann.delete(f"/api/v1/documents/{two['id']}")
    assert not path.exists()


def test_only_what_failed_is_tried_again(ann: httpx.Client, shelf: str) -> None:
    sent = upload(ann, shelf, "a.txt", b"text").json()["document"]["id"]
    assert ann.post(f"/api/v1/documents/{sent}/retry").json()["error"]["code"] == "conflict"


def test_a_pdf_becomes_searchable(ann: httpx.Client, library: Library) -> None:
    detail = ann.get(f"/api/v1/documents/{library.document_id}").json()
    assert detail["latest"]["status"] == "ready"
    assert detail["latest"]["searchable"]
    assert detail["latest"]["media_type"] == "application/pdf"
    assert detail["latest"]["page_count"] == 2


def test_chunks_words_and_page_images_agree(ann: httpx.Client, library: Library) -> None:
    place = f"/api/v1/documents/{library.document_id}"
    chunks = ann.get(f"{place}/chunks").json()["items"]
    [chunk] = [chunk for chunk in chunks if LEASE in chunk["text"]]
    [box] = [box for box in chunk["boxes"] if box[0] == 2]
    words = ann.get(f"{place}/pages/2/words").json()
    assert " ".join(word["text"] for word in words["words"]) == LEASE
    assert (words["width"], words["height"]) == (400, 300)

    plain = ann.get(f"{place}/pages/2/image", params={"scale": 1})
    marked = ann.get(f"{place}/pages/2/image", params={"scale": 1, "chunk_id": chunk["id"]})
    assert plain.headers["content-type"] == "image/jpeg"
    before, after = (Image.open(BytesIO(r.content)).convert("RGB") for r in (plain, marked))
    assert before.size == (400, 300)
    _, x0, y0, x1, _ = box
    inside = (round((x0 + x1) / 2), round(y0))
    assert before.getpixel(inside) != after.getpixel(inside)
    assert before.getpixel((5, 5)) == after.getpixel((5, 5))


def test_a_page_that_is_not_there(ann: httpx.Client, library: Library) -> None:
    for what in ("image", "words"):
        missing = ann.get(f"/api/v1/documents/{library.document_id}/pages/9/{what}")
        assert missing.status_code == 404
    assert ann.get(f"/api/v1/documents/{library.document_id}/pages/0/image").status_code == 422


def test_a_passage_of_another_document_is_not_drawn(
    ann: httpx.Client, bob: httpx.Client, library: Library
) -> None:
    place = f"/api/v1/documents/{library.document_id}/pages/1/image"
    with_foreign = ann.get(place, params={"chunk_id": "not-of-this-document", "scale": 1})
    assert with_foreign.content == ann.get(place, params={"scale": 1}).content


def test_a_broken_pdf_upload_is_accepted_and_judged_later(ann: httpx.Client, shelf: str) -> None:
    assert upload(ann, shelf, "half.pdf", make_pdf("text")[:200]).status_code == 202
