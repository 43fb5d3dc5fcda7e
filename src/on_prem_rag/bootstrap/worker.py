"""The object graph of a worker."""

from __future__ import annotations

from on_prem_rag.bootstrap.evaluation import EvaluationJob
from on_prem_rag.bootstrap.parts import finish_restore, open_current_database
from on_prem_rag.config import Settings
from on_prem_rag.documents.originals import Originals
from on_prem_rag.documents.reserve import Reserve
from on_prem_rag.documents.service import follow_job_end
from on_prem_rag.ingest.heartbeat import Heartbeat
from on_prem_rag.ingest.pipeline import IngestPipeline
from on_prem_rag.ingest.reembed import ReembedJob
from on_prem_rag.ingest.sandbox import Sandbox
from on_prem_rag.ingest.worker import LongJob, Worker
from on_prem_rag.jobs.holders import process_name
from on_prem_rag.jobs.queue import JobQueue, release_gone
from on_prem_rag.llm.embedders import EmbedderPool
from on_prem_rag.monitoring.log_level import LevelFollower
from on_prem_rag.settings.service import RuntimeSettings


class WorkerProcess:
    """Everything a worker process holds; ``run`` works until ``stop``."""

    def __init__(self, settings: Settings) -> None:
        finish_restore(settings)
        self.database = open_current_database(settings)
        runtime = RuntimeSettings(self.database, settings)
        self._levels = LevelFollower(lambda: runtime.current().log_level)
        self.queue = JobQueue(self.database, process_name(), on_given_up=follow_job_end)
        self.embedders = EmbedderPool(settings)
        self.sandbox = Sandbox()
        originals = Originals(settings.originals_dir)
        pipeline = IngestPipeline(
            settings, self.database, originals, self.sandbox, self.embedders, self.queue
        )
        long_jobs: dict[str, LongJob] = {
            "reembed": ReembedJob(self.database, self.queue, self.embedders),
            "evaluate": EvaluationJob(settings, self.database, self.queue),
        }
        reserve = Reserve(settings.reserve_path)
        self._worker = Worker(
            self.database,
            self.queue,
            pipeline,
            self.embedders,
            long_jobs,
            is_short=lambda: reserve.is_short,
            beat=Heartbeat(settings.run_dir).beat,
        )

    def run(self) -> None:
        """Work until ``stop`` is called from another thread or a signal handler."""
        try:
            # The one before this may have died; its jobs need not wait for their leases to lapse.
            release_gone(self.database, blameless=False)
            self._levels.start()
            self._worker.run()
        finally:
            self._levels.close()
            self.sandbox.close()
            self.embedders.close()
            self.database.close()

    def stop(self) -> None:
        """Ask the worker to end."""
        self._worker.stop()
