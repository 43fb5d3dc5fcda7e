from __future__ import annotations

import numpy as np
from tests.answering import make_passage

from on_prem_rag.answer.draft import Draft
from on_prem_rag.answer.events import NumberedPassage
from on_prem_rag.answer.support import SupportChecker
from on_prem_rag.errors import EmbeddingError

NOTICE = "The notice period for permanent staff is 3 months to the end of a quarter."
LEAVE = "Parental leave lasts up to 36 months for each child."
PASSAGES = [NumberedPassage(1, make_passage(NOTICE)), NumberedPassage(2, make_passage(LEAVE))]


class Cosine:
    """An embedder whose texts all lie at one cosine to the first."""

    def __init__(self, cosine: float | None) -> None:
        self.cosine = cosine

    def embed_documents(self, texts):
        if self.cosine is None:
            raise EmbeddingError("down")
        side = (1 - self.cosine**2) ** 0.5
        return np.array([[1, 0], *[[self.cosine, side]] * (len(texts) - 1)], np.float32)


def check(answer: str, cosine: float | None = 0.0, passages=PASSAGES):
    draft = Draft(passages)
    draft.feed(answer)
    draft.flush()
    embedder = Cosine(cosine)
    return draft.text, SupportChecker(lambda: embedder).check(
        draft.text, draft.markers, draft.passages
    )


def test_each_sentence_is_checked_against_what_it_cites():
    text, support = check(
        "The notice period is 3 months [1]. Parental leave lasts 36 months [2]. "
        "Parental leave lasts 36 months for a child [1]."
    )
    assert [s.supported for s in support] == [True, True, False]
    assert [s.markers for s in support] == [(1,), (2,), (1,)]
    assert text[support[1].start : support[1].end].startswith("Parental leave")


def test_a_sentence_that_cites_nothing_is_checked_against_all():
    assert [s.supported for s in check("Parental leave lasts 36 months.")[1]] == [True]


def test_a_marker_after_the_full_stop_belongs_to_the_sentence_before():
    support = check("Parental leave lasts 36 months. [2] The notice period is 3 months. [1]")[1]
    assert [s.markers for s in support] == [(2,), (1,)]


def test_a_number_that_no_passage_holds_is_never_supported():
    support = check("The notice period for permanent staff is 5 months [1].", cosine=0.99)[1]
    assert [s.supported for s in support] == [False]


def test_a_paraphrase_needs_a_near_vector():
    answer = "Permanent staff must announce leaving well before a quarter ends [1]."
    assert [s.supported for s in check(answer, cosine=0.8)[1]] == [True]
    assert [s.supported for s in check(answer, cosine=0.3)[1]] == [False]
    assert [s.supported for s in check(answer, cosine=None)[1]] == [False]


def test_what_speaks_of_something_else_is_not_saved_by_its_vector():
    assert [s.supported for s in check("Elephants enjoy jazz [1].", cosine=0.9)[1]] == [False]


def test_without_an_embedder_words_decide():
    draft = Draft(PASSAGES)
    draft.feed("The notice period is 3 months [1]. Elephants enjoy jazz [1].")
    support = SupportChecker(lambda: None).check(draft.text, draft.markers, draft.passages)
    assert [s.supported for s in support] == [True, False]


def test_what_says_nothing_is_not_judged():
    assert check("So it is. [1]")[1] == ()
