from on_prem_rag.audit.events import Event


def test_every_event_is_a_subject_and_an_action_that_fit_their_columns() -> None:
    for event in Event:
        assert event.value == f"{event.subject}:{event.action}"
        assert 0 < len(event.subject) <= 32
        assert 0 < len(event.action) <= 32
