"""Cutting texts without losing their words' places."""

from __future__ import annotations

from on_prem_rag.ingest.parsed import Run, Text
from on_prem_rag.ingest.splitter.cuts import cut_to_fit, line_spans, slice_text, whole_words

TEXT = Text("one two three four", (Run(0, 7, 1, 4, 6), Run(8, 18, 2, 0, 2)))


def words(text: str) -> int:
    return len(text.split())


def test_a_slice_keeps_the_words_that_are_whole() -> None:
    assert slice_text(TEXT, 4, 13) == Text("two three", (Run(0, 3, 1, 5, 6), Run(4, 9, 2, 0, 1)))


def test_half_words_lose_their_place() -> None:
    assert slice_text(TEXT, 5, 16) == Text("wo three fo", (Run(3, 8, 2, 0, 1),))
    assert slice_text(TEXT, 9, 12).runs == ()


def test_a_slice_between_runs_has_none() -> None:
    assert slice_text(Text("ab cd", (Run(3, 5, 1, 0, 1),)), 0, 2) == Text("ab")


def test_borders_inside_a_word_with_a_box_are_undone() -> None:
    text = Text("甲。乙。丙。", (Run(0, 4, 1, 0, 1), Run(4, 6, 1, 1, 2)))
    assert whole_words(text, [(0, 2), (2, 4), (4, 6)]) == [(0, 4), (4, 6)]
    assert whole_words(Text(text.value), [(0, 2), (2, 4)]) == [(0, 2), (2, 4)]


def test_lines_keep_their_indentation() -> None:
    value = "def f():\n    return 1\n\n  x  \n"
    assert [value[a:b] for a, b in line_spans(value)] == ["def f():", "    return 1", "  x"]


def test_what_fits_is_not_cut() -> None:
    assert list(cut_to_fit("a b c d", 2, 7, words, 3)) == [(2, 7, 3)]


def test_long_text_is_cut_at_spaces() -> None:
    value = "a b c d e"
    assert list(cut_to_fit(value, 0, len(value), words, 2)) == [(0, 3, 2), (4, 7, 2), (8, 9, 1)]


def test_a_word_above_the_limit_is_cut_between_characters() -> None:
    value = "ab " + "x" * 10
    parts = list(cut_to_fit(value, 0, len(value), len, 4))
    assert [value[a:b] for a, b, _ in parts] == ["ab", "xxxx", "xxxx", "xx"]
    assert all(tokens <= 4 for _, _, tokens in parts)


def test_an_endless_word_is_counted_a_few_times_over_at_most() -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text)

    value = "x" * 100_000
    parts = list(cut_to_fit(value, 0, len(value), count, 10))
    assert [end - start for start, end, _ in parts] == [10] * 10_000
    assert counted <= 3 * len(value)
