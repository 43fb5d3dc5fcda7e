"""Encodings people still use."""

import pytest

from on_prem_rag.ingest.converters.decoding import decode

RUSSIAN = "Настоящий договор вступает в силу со дня его подписания сторонами. "
CHINESE = "本合同由双方于北京签订，自签字之日起生效。"
JAPANESE = "古書店で処刑記録見つかる。東京都三鷹市の古書店で。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Größe – “quoted”", "utf-8"),
        ("Größe", "utf-8-sig"),
        ("Größe and more", "utf-16"),
        ("plain words here", "utf-16-be"),
        ("plain words here", "utf-16-le"),
        ("Größe", "utf-32"),
        ("Die Größe der Straße über den Fluß", "cp1252"),
        ("können", "cp1252"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy na stole", "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (CHINESE * 3, "gb18030"),
        (JAPANESE, "cp932"),
    ],
)
def test_text_comes_back(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_the_declared_encoding_comes_before_guessing() -> None:
    assert decode("Łódź".encode("cp1250"), "cp1250") == "Łódź"


@pytest.mark.parametrize("declared", ["no-such-encoding", "", "ascii"])
def test_a_wrong_declaration_does_no_harm(declared: str) -> None:
    assert decode("Größe".encode(), declared) == "Größe"


def test_a_few_broken_bytes_leave_the_rest_intact() -> None:
    text = decode("Größe über Größe ".encode() * 50 + b"\xff end")
    assert text.startswith("Größe über")
    assert text.endswith("\ufffd end")
