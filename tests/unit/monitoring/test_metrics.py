from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from on_prem_rag.monitoring import metrics

PROMISED = {
    "http_requests",
    "http_request_duration_seconds",
    "active_users",
    "active_sessions",
    "llm_response_time_seconds",
    "llm_first_token_seconds",
    "llm_tokens",
    "vector_search_time_seconds",
    "lexical_search_time_seconds",
    "embedding_generation_duration_seconds",
    "query_errors",
    "cache_hits",
    "ingest_documents",
    "ingest_queue_length",
    "index_lag_changes",
    "index_drift",
    "db_pool_in_use",
    "db_size_bytes",
    "build_info",
}


def families() -> dict[str, object]:
    return {f.name: f for f in text_string_to_metric_families(metrics.exposition().decode())}


def test_every_promised_metric_is_exposed_under_its_name() -> None:
    assert set(families()) >= PROMISED


def test_counters_count() -> None:
    before = metrics.REGISTRY.get_sample_value("query_errors_total", {"reason": "test"}) or 0
    metrics.QUERY_ERRORS.labels("test").inc()
    after = metrics.REGISTRY.get_sample_value("query_errors_total", {"reason": "test"})
    assert after == before + 1


def test_build_info_names_one_build() -> None:
    metrics.set_build("1.0", "abc", "today")
    metrics.set_build("1.1", "def", "today")
    labels = {"version": "1.1", "revision": "def", "built": "today"}
    assert metrics.REGISTRY.get_sample_value("build_info", labels) == 1
    assert b"1.0" not in metrics.exposition().split(b"build_info{")[1].split(b"}")[0]
