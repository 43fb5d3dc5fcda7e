"""What documents are called and how questions call them."""

from datetime import UTC, date, datetime

from on_prem_rag.retrieve.labels import (
    begins,
    contracts,
    initials_of,
    label_of,
    question_words,
    spans_of,
)
from on_prem_rag.retrieve.periods import Period


def test_a_label_keeps_folders_name_and_title_apart() -> None:
    label = label_of("d", "c", "Acme Corp/AnnualReport_2022.pdf", "Form 10-K", None, 9)
    assert label.parts == (("acme", "corp"), ("annual", "report"), ("form", "10k"))
    assert label.periods == {Period(2022)}


def test_the_documents_own_date_counts_only_without_a_period_in_its_name() -> None:
    written = datetime(2023, 2, 1, tzinfo=UTC)
    assert label_of("d", "c", "report-2022.pdf", None, written, 1).periods == {Period(2022)}
    day = Period(2023, day=date(2023, 2, 1))
    assert label_of("d", "c", "report.pdf", None, written, 1).periods == {day}


def test_question_words_tell_names_from_other_words() -> None:
    words = question_words("Does JnJ's margin beat Pfizer in FY2022?")
    assert [word.text for word in words] == ["does", "jnj", "margin", "beat", "pfizer", "in"]
    assert [word.text for word in words if word.name_like] == ["jnj", "pfizer"]
    assert [word.text for word in words if word.short_form] == ["jnj"]


def test_a_shouted_question_names_nothing_by_its_capitals() -> None:
    assert not any(word.name_like for word in question_words("USE OF DATA IN AIRLINE OFFICES"))


def test_dotted_letters_are_one_word() -> None:
    assert [word.text for word in question_words("taxes in the U.S. today")][-2:] == ["us", "today"]


def test_short_forms() -> None:
    assert begins("ulta", "ultabeauty")
    assert not begins("europe", "european")
    assert contracts("amex", "americanexpress")
    assert not contracts("amex", "amazon")
    assert initials_of(("johnson", "johnson")) == "jj"
    assert initials_of(("johnson",)) == ""
    assert list(spans_of(("a", "b"), 3)) == [(0, 1), (1, 2), (0, 2)]
