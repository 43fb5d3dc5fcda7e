"""The retriever as langchain-core knows retrievers."""

import os
import subprocess
import sys

from tests.unit.retrieve.conftest import OWNER, Library


def test_passages_are_documents(library: Library) -> None:
    from on_prem_rag.retrieve.langchain import PassageRetriever

    shared = library.rows.collection()
    library.publish(shared, "a.txt", "parking is free", title="Parking")
    library.publish(shared, "b.txt", "parking is full")
    retriever = PassageRetriever(
        retriever=library.retriever, caller=OWNER, bounds={"top_k": 1, "strategy": "lexical"}
    )
    documents = retriever.invoke("free parking")
    assert [document.page_content for document in documents] == ["parking is free"]
    assert documents[0].metadata["source"] == "a.txt"
    assert documents[0].metadata["title"] == "Parking"
    assert documents[0].id == documents[0].metadata["chunk_ids"][0]


def test_tracing_is_off_whatever_the_environment_says() -> None:
    code = (
        "import os, on_prem_rag.retrieve.langchain; "
        "from langchain_core.tracers.context import _tracing_v2_is_enabled as on; "
        "print(on(), os.environ['LANGCHAIN_TRACING_V2'])"
    )
    names = ("LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING", "LANGSMITH_TRACING")
    environment = {**os.environ, **dict.fromkeys(names[::2], "true")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "false"]
