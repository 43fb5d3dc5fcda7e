"""Golden sets as files."""

import json
from pathlib import Path

import pytest

from on_prem_rag.errors import InvalidInput
from on_prem_rag.evaluate.datasets import CorpusPassage, Question, find_sets, load_set


def lines(path: Path, *rows: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "\n")


def passages(folder: Path) -> None:
    lines(
        folder / "corpus.jsonl",
        {"_id": "p1", "title": "T", "text": "one"},
        {"_id": "p2", "text": "two"},
    )
    lines(
        folder / "queries.jsonl",
        {"_id": "q1", "text": "Which?", "metadata": {"answers": ["one"]}},
        {"_id": "q2", "text": "Nobody judged this."},
    )
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tp1\t2\nq1\tp2\t0\n")


def pages(folder: Path) -> None:
    question = {"id": "q", "question": "How much?", "answer": "5", "doc": "a.pdf"}
    lines(folder / "questions.jsonl", {**question, "evidence_pages": [0, 6], "page_base": 0})
    lines(folder / "unanswerable.jsonl", {"id": "u", "question": "And there?"})
    (folder / "pdfs").mkdir()
    (folder / "pdfs" / "a.pdf").write_bytes(b"%PDF")


def test_a_set_of_passages(tmp_path: Path) -> None:
    passages(tmp_path / "mine")
    golden = load_set(tmp_path / "mine")
    assert golden.name == "mine"
    assert golden.corpus == (CorpusPassage("p1", "T", "one"), CorpusPassage("p2", "", "two"))
    assert golden.questions == (Question("q1", "Which?", {"p1": 2}, ("one",)),)
    assert golden.unanswerable == ()


def test_a_set_of_pages_counts_them_from_one(tmp_path: Path) -> None:
    pages(tmp_path)
    golden = load_set(tmp_path)
    assert golden.questions[0].grades == {"a.pdf#1": 1, "a.pdf#7": 1}
    assert golden.questions[0].answers == ("5",)
    assert golden.files == (tmp_path / "pdfs" / "a.pdf",)
    assert golden.unanswerable == (Question("u", "And there?", {}),)


def test_sets_are_found_below_a_folder(tmp_path: Path) -> None:
    passages(tmp_path / "b" / "one")
    (tmp_path / "a").mkdir()
    pages(tmp_path / "a")
    assert find_sets(tmp_path) == [tmp_path / "a", tmp_path / "b" / "one"]
    assert find_sets(tmp_path / "a") == [tmp_path / "a"]
    with pytest.raises(InvalidInput, match="holds no golden set"):
        load_set(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("corpus.jsonl", '{"_id": "p1", "text": "x"}\n{"_id": ', "corpus.jsonl, line 2"),
        ("queries.jsonl", '{"_id": "q1"}\n', "queries.jsonl, line 1"),
        ("queries.jsonl", "[]\n", "queries.jsonl, line 1"),
        ("qrels.tsv", "head\nq1\tp1\n", "qrels.tsv, line 2"),
        ("qrels.tsv", "head\nq1\tp1\thigh\n", "qrels.tsv, line 2"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    passages(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput, match=message):
        load_set(tmp_path)
