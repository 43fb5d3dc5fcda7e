"""Bodies of the look-up of names."""

from __future__ import annotations

from pydantic import Field

from on_prem_rag.access.principals import NamedKind
from on_prem_rag.api.schemas.base import Output


class NameBody(Output):
    """What a person or a group is called: what a grant or a share is given to."""

    kind: NamedKind
    name: str = Field(examples=["ann"])


class NameList(Output):
    """People first, then groups; of each those that begin with what was typed."""

    items: list[NameBody]
