"""How far a model's vector of a question can be trusted."""

from pathlib import Path

import pytest

from on_prem_rag.llm.minilm import MiniLMEmbedder
from on_prem_rag.retrieve.fluency import fluency


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> MiniLMEmbedder:
    directory: Path = tmp_path_factory.mktemp("models")
    return MiniLMEmbedder(directory, threads=1)


@pytest.mark.parametrize(
    "text",
    [
        "Who approves travel above the limit?",
        "What is the FY2022 operating margin of Acme Tools (in USD millions, 2.5%)?",
        "2022?",
        "",
        "...",
    ],
)
def test_plain_english_is_read_fully(embedder: MiniLMEmbedder, text: str) -> None:
    assert fluency(embedder, text) >= 0.7


def test_other_languages_are_read_in_part_and_other_scripts_not_at_all(
    embedder: MiniLMEmbedder,
) -> None:
    german = fluency(embedder, "Wer muss Dienstreisen oberhalb der Grenze genehmigen?")
    spanish = fluency(embedder, "¿Quién tiene que aprobar los viajes por encima del límite?")
    assert 0 < german < 0.95
    assert 0 < spanish < 0.95
    for text in (
        "谁必须批准超过限额的出差？",
        "من يجب أن يوافق على الرحلات؟",
        "Кто одобряет поездки?",
    ):
        assert fluency(embedder, text) < 0.2
