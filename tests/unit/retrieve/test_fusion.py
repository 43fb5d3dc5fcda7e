"""Two lists of scores made one."""

import numpy as np

from on_prem_rag.retrieve.fusion import DENSE_SHARE, Scores, fuse


def scores(
    dense: dict[str, float], lexical: dict[str, float], *, fluency: float = 1.0, depth: int = 4
) -> Scores:
    return Scores(dense, lexical, {}, {}, fluency, depth)


def test_what_stands_out_in_one_list_wins() -> None:
    ids = [str(number) for number in range(20)]
    dense = {each: 0.5 - 0.01 * place for place, each in enumerate(ids)}
    lexical = dict.fromkeys(ids, 3.0) | {"19": 30.0}
    assert np.argmax(fuse(scores(dense, lexical, depth=20), ids)) == 19


def test_a_question_the_model_cannot_read_is_left_to_the_words() -> None:
    given = scores({"a": 0.9, "b": 0.1}, {"b": 5.0, "a": 1.0}, fluency=0.0, depth=2)
    assert fuse(given, "ab").tolist() == [-1.0, 1.0]


def test_the_dense_share_grows_with_fluency() -> None:
    known = fuse(scores({"a": 0.9, "b": 0.1}, {"b": 5.0, "a": 1.0}, depth=2), "ab")
    assert known.tolist() == [2 * DENSE_SHARE - 1, 1 - 2 * DENSE_SHARE]


def test_a_single_match_stands_out() -> None:
    given = scores({"a": 0.6, "b": 0.5, "c": 0.4}, {"c": 2.0}, depth=10)
    assert np.argmax(fuse(given, "abc")) == 2


def test_a_silent_side_leaves_the_other_alone() -> None:
    assert np.argmax(fuse(scores({}, {"b": 2.0, "a": 1.0}), "ab")) == 1
    assert np.argmax(fuse(scores({"a": 0.9, "b": 0.2}, {}), "ab")) == 0
    assert fuse(scores({}, {}), "ab").tolist() == [0.0, 0.0]


def test_an_unlisted_chunk_takes_its_known_score_or_the_lowest() -> None:
    given = Scores({"a": 0.9, "b": 0.1}, {}, {"c": 0.9}, {}, 1.0, 2)
    assert fuse(given, ["a", "c"]).tolist() == [1.0, 1.0]
    assert fuse(given, ["b", "unknown"]).tolist() == [-1.0, -1.0]
    assert (given.dense_of("c"), given.dense_of("x"), given.lexical_of("a")) == (0.9, None, None)
