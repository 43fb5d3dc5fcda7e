import threading
from contextvars import copy_context

from on_prem_rag.monitoring.request_context import (
    RequestContext,
    begin_request,
    current_request,
    signed_in_as,
)


def test_outside_of_a_request_there_is_nobody() -> None:
    def look() -> None:
        signed_in_as("ann-id", "ann")
        assert current_request() == RequestContext()

    copy_context().run(look)


def test_what_one_thread_fills_in_another_sees() -> None:
    def request() -> None:
        begin_request("request-1", "10.0.0.7")
        helper = threading.Thread(
            target=copy_context().run, args=(signed_in_as, "ann-id", "ann", "key-id")
        )
        helper.start()
        helper.join()
        assert current_request() == RequestContext(
            "request-1", "10.0.0.7", "ann-id", "ann", "key-id"
        )

    copy_context().run(request)
