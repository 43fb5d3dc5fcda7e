"""Word blobs come back as they went in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from on_prem_rag.documents.page_words import decode_words, encode_words

words = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1)


@given(st.lists(words, max_size=30))
def test_words_and_boxes_survive(texts: list[str]) -> None:
    boxes = np.arange(len(texts) * 8, dtype=np.float32).reshape(-1, 8)
    boxes[:, 4:] = np.nan
    decoded = decode_words(encode_words(texts, boxes))
    assert decoded.texts == texts
    np.testing.assert_array_equal(decoded.boxes, boxes)
