from on_prem_rag.index.languages import FUNCTION_WORDS, find_language


def test_no_function_word_speaks_for_no_language() -> None:
    assert find_language(["revenue", "1577"]) is None


def test_the_language_with_most_function_words_wins() -> None:
    assert find_language(["was", "ist", "der", "grund"]) == "german"
    assert find_language(["what", "was", "the", "reason"]) == "english"


def test_words_are_as_split_gives_them() -> None:
    # ``split`` lowers by casefold: a word with ß would never be met.
    for words in FUNCTION_WORDS.values():
        assert all(word == word.casefold() for word in words)
