from __future__ import annotations

from tests.answering import make_passage, text_of

from on_prem_rag.answer.events import NumberedPassage
from on_prem_rag.answer.extractive import MAX_SENTENCES, best_sentences, extract

HANDBOOK = (
    "The handbook applies to all staff. The notice period for permanent staff is three months. "
    "During probation it is two weeks. Lunch is at noon."
)
PLANT = "The Linz plant makes valves. It was opened in 1987 by the mayor."


def numbered(*texts: str, **changes) -> list[NumberedPassage]:
    return [
        NumberedPassage(i, make_passage(text, document=f"d{i}.pdf", **changes))
        for i, text in enumerate(texts, start=1)
    ]


def test_the_best_sentence_comes_first_and_few_follow():
    found = best_sentences("How long is the notice period?", numbered(PLANT, HANDBOOK))
    assert found[0].text == "The notice period for permanent staff is three months."
    assert found[0].marker == 2
    assert len(found) <= MAX_SENTENCES


def test_a_sentence_profits_from_the_one_before_it():
    found = best_sentences("When was the Linz plant opened?", numbered(PLANT))
    assert found[0].text == "It was opened in 1987 by the mayor."


def test_headings_and_titles_count():
    passages = numbered("It is 3 kg.", "It is 9 kg.")
    titled = [NumberedPassage(1, passages[0].passage), *numbered("It is 9 kg.", title="Pump X9")]
    found = best_sentences("What is the weight of pump X9?", [titled[0], titled[1]])
    assert found[0].text == "It is 9 kg."


def test_something_is_quoted_even_when_no_word_is_shared():
    assert best_sentences("Xylophone?", numbered(PLANT))
    assert best_sentences("Xylophone?", []) == []
    assert best_sentences("Xylophone?", numbered("")) == []


def test_the_same_sentence_is_quoted_once():
    found = best_sentences("When was it opened?", numbered(PLANT, PLANT))
    assert len({sentence.text for sentence in found}) == len(found)


def test_an_extractive_answer_quotes_cites_and_leads_with_what_is_sure():
    answer = extract("When was the Linz plant opened?", numbered(PLANT))
    text = text_of(answer.events)
    citations = [event for event in answer.events if event.type == "citation"]
    assert answer.short_answer == "1987"
    assert text.startswith("**1987**\n\n")
    assert citations
    assert all(text[c.offset :].startswith(f"[{c.marker}]") for c in citations)
    assert all(text[s.start : s.end] in PLANT for s in answer.support)


def test_an_overlong_sentence_is_cut():
    answer = extract("What word?", numbered("word " * 1000))
    assert len(text_of(answer.events)) < 2100
