"""What a caller may ask of a converter: the limits and the languages of one file's conversion."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """Limits of one conversion; every converter takes it as ``convert(path, options)``.

    ``ocr_languages`` are tesseract's names ("eng", "deu"), None for all that are installed.
    ``ocr_timeout_seconds`` is per page. A file with more than ``max_pages`` pages (slides, sheets,
    frames) or ``max_text_chars`` characters of text raises ``FileTooComplex``.
    """

    ocr_languages: tuple[str, ...] | None = None
    ocr_timeout_seconds: float = 30.0
    max_pages: int = 5000
    max_text_chars: int = 50_000_000
