"""Steps that look: documents, lists, searches, and what belongs to others."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.security.isolation.model import Paper, Person
from tests.security.isolation.rights import RightsSteps
from tests.security.isolation.walk import PEOPLE, PLACES

WAYS = ["", "/status", "/chunks", "/original", "/pages/1/image", "/pages/1/words"]
FILTERS = ["all", "collection", "name", "common name", "media type"]
HIDDEN_DOCUMENT = [
    *(("GET", way) for way in WAYS),
    ("DELETE", ""),
    ("POST", "/retry"),
]
HIDDEN_COLLECTION = [
    ("GET", "", None),
    ("PATCH", "", {"name": "Mine"}),
    ("DELETE", "", None),
    ("GET", "/grants", None),
    ("PUT", "/grants", {"principal": "p00", "level": "manager"}),
]


class ReadingSteps(RightsSteps):
    """Every way to content that is not an answer."""

    @rule(who=PEOPLE, place=PLACES, way=st.sampled_from(WAYS))
    def open_document(self, who: int, place: int, way: str) -> None:
        self.step()
        person, paper = self.person(who), self.paper(place)
        there = paper.drawn or "/pages/" not in way
        expected = 200 if self.model.may_read(person, paper) and there else 404
        path = f"/api/v1/documents/{paper.id}{way}"
        response = self.call(person, "read", expected, "GET", path)
        if response.status_code != 200:
            return
        if way.endswith("image"):
            assert response.content.startswith(b"\xff\xd8")
        elif way != "/status" and (way != "/chunks" or not _uploaded(paper)):
            assert paper.canary in response.text

    @rule(who=PEOPLE, place=PLACES, by=st.sampled_from(FILTERS), limit=st.sampled_from([1, 7, 200]))
    def list_documents(self, who: int, place: int, by: str, limit: int) -> None:
        self.step()
        person, paper = self.person(who), self.paper(place)
        asked: dict[str, str | int] = {"limit": limit}
        expected = self.model.readable(person)
        if by == "collection":
            asked["collection_id"] = paper.shelf.id
            expected = [each for each in expected if each.shelf is paper.shelf]
        elif by == "name":
            asked["name"] = paper.key
            expected = [each for each in expected if each is paper]
        elif by == "common name":
            asked["name"] = "-ZQX"
        elif by == "media type":
            asked["media_type"] = "application/pdf"
            expected = [each for each in expected if each.drawn]
        response = self.call(person, "read", 200, "GET", "/api/v1/documents", params=asked)
        if response.status_code == 200:
            page = response.json()
            self.told(person, "documents", page["total"], len(expected))
            assert {item["id"] for item in page["items"]} <= {each.id for each in expected}
            assert len(page["items"]) == min(limit, len(expected))

    @rule(who=PEOPLE)
    def list_collections(self, who: int) -> None:
        self.step()
        self.see_collections(self.person(who))

    @rule(
        who=PEOPLE,
        place=PLACES,
        strategy=st.sampled_from(["hybrid", "dense", "lexical"]),
        within=st.sampled_from(["all", "collection", "document"]),
        top_k=st.sampled_from([3, 40]),
    )
    def search(self, who: int, place: int, strategy: str, within: str, top_k: int) -> None:
        self.step()
        person, paper = self.person(who), self.paper(place)
        asked: dict[str, object] = {
            "query": f"common ledger secret word {paper.key}",
            "strategy": strategy,
            "top_k": top_k,
        }
        if within == "collection":
            asked["collection_ids"] = [paper.shelf.id]
        elif within == "document":
            asked["document_ids"] = [paper.id]
        visible = self.model.level(person, paper.shelf) > 0
        expected = 404 if within == "collection" and not visible else 200
        response = self.call(person, "read", expected, "POST", "/api/v1/search", json=asked)
        found = response.status_code == 200 and self.model.may_read(person, paper)
        if found and strategy == "lexical" and not _uploaded(paper):
            assert paper.canary in response.text, "what may be read is found"

    @rule(who=PEOPLE)
    def list_jobs(self, who: int) -> None:
        self.step()
        self._list_jobs(self.person(who))

    @rule(which=PLACES)
    def lose_an_upload(self, which: int) -> None:
        """What someone uploaded is theirs to see no longer than the collection is."""
        self.step()
        shelf = self.shelf(which)
        guests = self.guests(shelf, 2, "write")
        if guests:
            person = guests[which % len(guests)]
            self.upload_to(shelf, person)
            self.cut_off(person, shelf)
            self._list_jobs(person)

    def _list_jobs(self, person: Person) -> None:
        params = {"limit": 200}
        response = self.call(person, "read", 200, "GET", "/api/v1/jobs", params=params)
        if response.status_code == 200:
            page = response.json()
            listed = {item["id"] for item in page["items"]} & set(self.model.jobs)
            visible = {i for i, p in self.model.jobs.items() if self.model.level(person, p.shelf)}
            # One that was under way when its document went is seen until it ends.
            ended = {i for i, paper in self.model.jobs.items() if paper.deleted} - listed
            self.told(person, "jobs", listed, visible - ended)

    @rule(who=PEOPLE, place=PLACES, way=st.sampled_from(HIDDEN_DOCUMENT))
    def try_a_hidden_document(self, who: int, place: int, way: tuple[str, str]) -> None:
        self.step()
        person, paper = self.person(who), self.paper(place)
        if not self.model.may_read(person, paper):
            method, rest = way
            self.same_as_missing(person, method, f"/api/v1/documents/{paper.id}{rest}", paper.id)
            for filtered in ("documents?collection_id=", "jobs?document_id="):
                thing = paper.shelf.id if "collection" in filtered else paper.id
                if not self.model.level(person, paper.shelf):
                    self.same_as_missing(person, "GET", f"/api/v1/{filtered}{thing}", thing)

    @rule(who=PEOPLE, place=PLACES, way=st.sampled_from(HIDDEN_COLLECTION))
    def try_a_hidden_collection(
        self, who: int, place: int, way: tuple[str, str, dict[str, str] | None]
    ) -> None:
        self.step()
        person, shelf = self.person(who), self.shelf(place)
        if not self.model.level(person, shelf):
            method, rest, body = way
            path = f"/api/v1/collections/{shelf.id}{rest}"
            self.same_as_missing(person, method, path, shelf.id, json=body)
            for route in ("search", "query"):
                asked = {"query": "the common ledger", "collection_ids": [shelf.id]}
                self.same_as_missing(person, "POST", f"/api/v1/{route}", shelf.id, json=asked)

    @rule(who=PEOPLE, which=PLACES)
    def try_a_hidden_job(self, who: int, which: int) -> None:
        self.step()
        person = self.person(who)
        jobs = list(self.model.jobs)
        job_id = jobs[which % len(jobs)] if jobs else ""
        if job_id and not self.model.level(person, self.model.jobs[job_id].shelf):
            for method, rest in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
                self.same_as_missing(person, method, f"/api/v1/jobs/{job_id}{rest}", job_id)

    @rule(who=PEOPLE, about=PEOPLE)
    def look_up_names(self, who: int, about: int) -> None:
        """Names of active people are told to whoever may give something; of others they are not."""
        self.step()
        person = self.person(who)
        for wanted in (self.person(about), *(p for p in self.model.people if p.disabled)):
            asked = {"search": wanted.name}
            response = self.call(person, None, 200, "GET", "/api/v1/principals", params=asked)
            if response.status_code == 200:
                told = {item["name"] for item in response.json()["items"]}
                hidden = wanted.disabled or wanted.scopes is not None
                self.told(person, "names", told, set() if hidden else {wanted.name})

    @rule(path=st.sampled_from(["users", "groups", "service-accounts", "audit", "audit/export"]))
    def administer(self, path: str) -> None:
        self.step()
        person = self.vera if path.startswith("audit") else self.root
        refused = person.role != ("auditor" if person is self.vera else "admin")
        response = self.send(person, "GET", f"/api/v1/{path}")
        expected = 401 if person.disabled else 403 if refused else 200
        assert response.status_code == expected, response.text


def _uploaded(paper: Paper) -> bool:
    """Whether it came on this walk and may still be on its way in."""
    return paper.seed.startswith("uploaded")
