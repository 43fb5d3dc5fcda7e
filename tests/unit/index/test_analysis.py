"""Terms of texts and questions in every script the index serves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from on_prem_rag.index.analysis import analyze, analyze_query, detect_language, split


def terms(text: str) -> list[str]:
    return analyze(text, detect_language(text)).split()


def forms(question: str) -> list[set[str]]:
    return [set(word.forms) for word in analyze_query(question)]


def finds(question: str, text: str) -> bool:
    held = set(terms(text))
    return any(word & held for word in forms(question))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AMCOR_2023Q2_10Q.pdf", ["amcor", "2023q2", "2023", "q2", "10q", "pdf"]),
        ("FY2022", ["fy2022", "2022", "fy"]),
        ("FY22", ["fy22", "2022"]),
        ("10-K", ["10", "10k"]),
        ("$1,577", ["1577"]),
        ("1.577,5", ["1577.5"]),
        ("3.5%", ["3.5"]),
        ("the company's e-mail", ["the", "compani", "mail", "email"]),
        ("U.S. AT&T X-ray", ["us", "at", "att", "ray", "xray"]),
        ("状态良好。", ["状态", "态良", "良好"]),
        ("中", ["中"]),
        ("한국어", ["한국", "국어"]),
        ("Zürich", ["zurich"]),
        ("pre\u00adface", ["prefac"]),
        ("हिन्दी", ["हिन्दी"]),
        ("", []),
        ("?! -- …", []),
    ],
)
def test_terms_of_a_text(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The parties agree that this contract is in force.", "english"),
        ("Die Parteien vereinbaren, dass der Vertrag gilt und nicht endet.", "german"),
        ("Las partes acuerdan que el contrato está en vigor.", "spanish"),
        ("Les parties conviennent que le contrat est en vigueur.", "french"),
        ("Le parti convengono che il contratto è in vigore.", "italian"),
        ("As partes acordam que o contrato não está em vigor.", "portuguese"),
        ("De partijen komen overeen dat het contract van kracht is.", "dutch"),
        ("1,577 2,310 EBITDA", "english"),
    ],
)
def test_language_of_a_text(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Which computers were running?", "The computer runs and that is all there is to it."),
        ("Häuser", "Das Haus ist nicht der Ort, den man kennt."),
        ("hauser", "Das Haus ist nicht der Ort, den man kennt."),
        ("informacion economica", "La información económica de la empresa es la que se publica."),
        ("10K", "Form 10-K"),
        ("10-K", "ADOBE_2016_10K.pdf"),
        ("FY22", "Revenue 2022"),
        ("1577", "Cash of $1,577"),
        ("الكتاب", "قرأت كتابها"),
        ("naïve Straße", "naive strasse"),
        ("特斯拉", "特斯拉于 1943 年去世"),
    ],
)
def test_a_question_finds_the_word_in_its_other_form(question: str, text: str) -> None:
    assert finds(question, text)


def test_function_words_of_a_question_are_left_out_unless_nothing_else_is() -> None:
    assert forms("What is the name of the river?") == [
        {"name", "nam"},
        {"river", "riv"},
    ]
    assert {"who"} in forms("Who is it?")


def test_repeated_words_count() -> None:
    counts = {word.forms[0]: word.count for word in analyze_query("cash flow and cash")}
    assert counts == {"cash": 2, "flow": 1}


@given(st.text(max_size=300))
def test_any_text_gives_terms_without_spaces_that_a_question_agrees_with(text: str) -> None:
    held = analyze(text, "english").split(" ")
    assert all(not term.isspace() for term in held)
    words = analyze_query(text)
    assert bool(words) == bool(split(text))
    # A question's English form of every word is a term of the same text: nothing is unfindable.
    assert all(word.forms[0] in held for word in words)
