"""Text in images by Debian's tesseract, run as a subprocess on one page at a time."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from statistics import median

import numpy as np
import numpy.typing as npt

from on_prem_rag.ingest.layout.token import Token, Turn

Grey = npt.NDArray[np.uint8]
"""An image of shape (height, width), 0 black, 255 white."""

AUTOMATIC, ORIENTATION = "3", "0"
"""Tesseract's page segmentation modes."""
POOR = 65.0
FEW = 4
LEAST_CONFIDENT = 10.0
LIST_SECONDS = 10.0
LINE_TO_SIZE = 0.75
"""Type size in a line's height from the top of its highest letter to the bottom of its lowest."""
ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"}


class OcrFailed(Exception):
    """Tesseract crashed or ran out of time on this page; the message is for the uploader."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words of an image in pixels of the image after it was turned clockwise by ``turn``."""

    tokens: list[Token]
    turn: Turn
    confidence: float


@cache
def find_tesseract() -> str | None:
    """The path of the tesseract program, None when it is not installed."""
    return shutil.which("tesseract")


@cache
def installed_languages() -> tuple[str, ...]:
    """The languages tesseract can read here, English first; empty without tesseract."""
    program = find_tesseract()
    if program is None:
        return ()
    done = subprocess.run(
        [program, "--list-langs"],
        capture_output=True,
        timeout=LIST_SECONDS,
        env=ENVIRONMENT,
        check=False,
    )
    names = done.stdout.decode("utf-8", "replace").splitlines()[1:]
    usable = {name.strip() for name in names} - {"", "osd", "equ", "snum"}
    return tuple(sorted(usable, key=lambda name: (name != "eng", name)))


def recognise(
    image: Grey, dots_per_inch: int, timeout: float, languages: tuple[str, ...] | None = None
) -> Recognised:
    """The words in ``image``, which is turned upright first when it reads badly as it stands.

    ``timeout`` in seconds is for each of the at most three runs of tesseract. ``languages`` that
    are not installed are left out; None means all installed. Raises ``OcrFailed``.
    """
    installed = installed_languages()
    chosen = [name for name in languages or installed if name in installed] or list(installed)
    if not chosen:
        raise OcrFailed("No text recognition is installed.")
    model = "+".join(chosen)
    upright = _read(image, dots_per_inch, timeout, model, 0)
    sideways = _is_sideways(upright.tokens)
    if upright.confidence >= POOR and len(upright.tokens) >= FEW and not sideways:
        return upright
    turn = _orientation(image, dots_per_inch, timeout)
    if turn == 0:
        return upright
    turned = _read(turned_clockwise(image, turn), dots_per_inch, timeout, model, turn)
    return turned if sideways and turned.tokens else max(upright, turned, key=_letters)


def turned_clockwise(image: Grey, turn: Turn) -> Grey:
    """``image`` turned by ``turn`` degrees."""
    return np.ascontiguousarray(np.rot90(image, -turn // 90))


def _is_sideways(tokens: list[Token]) -> bool:
    """Whether most words stand taller than wide: tesseract reads those, but line by line across."""
    long = [token for token in tokens if len(token.text) > 3]
    tall = sum(token.y1 - token.y0 > 1.5 * (token.x1 - token.x0) for token in long)
    return 2 * tall > len(long)


def _letters(result: Recognised) -> float:
    return result.confidence * sum(len(token.text) for token in result.tokens)


def _read(image: Grey, dots_per_inch: int, timeout: float, model: str, turn: Turn) -> Recognised:
    table = _tesseract(
        image, timeout, "--dpi", str(dots_per_inch), "-l", model, "--psm", AUTOMATIC, "tsv"
    )
    tokens: list[Token] = []
    sure = weight = 0.0
    line_height = 0.0
    for row in table.splitlines()[1:]:
        fields = row.split("\t")
        if len(fields) < 12:
            continue
        left, top, width, height = (float(field) for field in fields[6:10])
        if fields[0] == "4":
            line_height = height
        if fields[0] != "5":
            continue
        confidence = float(fields[10])
        for text in fields[11].split():
            weight += len(text)
            sure += confidence * len(text)
            if confidence >= LEAST_CONFIDENT:
                size = LINE_TO_SIZE * max(line_height, height)
                tokens.append(Token(text, left, top, left + width, top + height, size))
    _even_sizes(tokens)
    return Recognised(tokens, turn, sure / weight if weight else 0.0)


def _even_sizes(tokens: list[Token]) -> None:
    """Give lines of nearly the usual height the usual size: measured heights vary by a quarter."""
    if not tokens:
        return
    usual = median(token.size for token in tokens)
    for token in tokens:
        if 0.6 * usual < token.size < 1.4 * usual:
            token.size = usual


def _orientation(image: Grey, dots_per_inch: int, timeout: float) -> Turn:
    """By how many degrees clockwise the image must be turned to stand upright, 0 when unsure."""
    try:
        report = _tesseract(
            image, timeout, "--dpi", str(dots_per_inch), "-l", "osd", "--psm", ORIENTATION
        )
    except OcrFailed:
        return 0
    for line in report.splitlines():
        name, _, value = line.partition(":")
        if name == "Rotate" and value.strip() in ("90", "180", "270"):
            turns: dict[str, Turn] = {"90": 90, "180": 180, "270": 270}
            return turns[value.strip()]
    return 0


def _tesseract(image: Grey, timeout: float, *arguments: str) -> str:
    """Tesseract's output for ``image``, which goes in as a plain grey map on standard input."""
    program = find_tesseract()
    if program is None:
        raise OcrFailed("No text recognition is installed.")
    height, width = image.shape
    try:
        done = subprocess.run(
            [program, "stdin", "stdout", *arguments],
            input=b"P5 %d %d 255\n" % (width, height) + image.tobytes(),
            capture_output=True,
            timeout=timeout,
            env=ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OcrFailed(f"Text recognition took longer than {timeout:.0f} seconds.") from None
    except OSError as error:
        raise OcrFailed(f"Text recognition could not be started: {error.strerror}.") from error
    if done.returncode != 0:
        raise OcrFailed(f"Text recognition failed (status {done.returncode}).")
    return done.stdout.decode("utf-8", "replace")
