"""Sentence boundaries in several languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from on_prem_rag.documents.sentences import sentence_spans, split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith met J. Doe on Jan. 5 at noon.", "They spoke of Fig. 2 for an hour."],
        ['"Why?" he asked.', '"Stop!"', "She left."],
        ["Am 3. Mai kam z.B. Herr Dr. Müller.", "Das ist gut, d. h. fein."],
        ["EE.UU. es grande.", "¿Qué es?", "¡Hola!"],
        ["M. Dupont est là.", "Il attend « son tour. »", "Bien."],
        ["Sales in the U.S. rose by 3.5 million.", "See example.com for more."],
        ["Really?!", "Yes…", "Maybe."],
        ["هل هذا صحيح؟", "نعم.", "شكرا."],
        ["यह एक वाक्य है।", "यह दूसरा है।"],
        ["A bare end without a stop"],
    ],
)
def test_spaced_scripts(sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["公司成立于1990年。", "主要业务是“软件。”", "你好吗？", "好！"],
        ["今日は晴れ。", "明日は雨！", "「はい。」"],
    ],
)
def test_ideographic_scripts_need_no_space(sentences: list[str]) -> None:
    assert split_sentences("".join(sentences)) == sentences


def test_a_wrapped_line_is_one_sentence_but_an_empty_line_ends_one() -> None:
    assert split_sentences("One line\nwraps here\n\nA title\n\nEnd") == [
        "One line\nwraps here",
        "A title",
        "End",
    ]


def test_rows_and_list_items_stand_alone() -> None:
    text = "We sell:\n- pumps\n- hoses\n1. first\n| a. B | c |\n| d | e |\nAfter."
    assert split_sentences(text) == [
        "We sell:",
        "- pumps",
        "- hoses",
        "1. first",
        "| a. B | c |",
        "| d | e |",
        "After.",
    ]


@given(st.text(alphabet="aB1 .?!\n|-。“”…（）", max_size=80))
def test_spans_are_ordered_and_leave_out_only_white_space(text: str) -> None:
    spans = sentence_spans(text)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("part", [".", " ", "1. ", " \n", '."', "| ", ". x", " . "])
def test_endless_repeats_cost_no_square(part: str) -> None:
    text = " " * 100_000 + "| " + part * 50_000 + "end"
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
