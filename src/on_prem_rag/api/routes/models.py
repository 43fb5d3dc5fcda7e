"""Models for answers and for embeddings, and evaluations of both."""

from __future__ import annotations

from fastapi import APIRouter, status
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from on_prem_rag.api.dependencies import AdminDep, ApplianceDep, OperatorDep, TalkerDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN
from on_prem_rag.api.schemas.jobs import JobBody
from on_prem_rag.api.schemas.models import (
    ChatModel,
    EmbeddingGeneration,
    EvaluationRequest,
    ModelsBody,
)
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.documents.generations import count_unembedded, serving_model
from on_prem_rag.documents.models import EmbeddingModel
from on_prem_rag.errors import GenerationError
from on_prem_rag.ingest.reembed import enqueue_reembed
from on_prem_rag.jobs.queue import enqueue
from on_prem_rag.llm.protocols import ModelInfo

router = APIRouter(prefix=API, tags=["models"], responses=SIGNED_IN)


@router.get("/models", summary="List models")
async def list_models(_caller: TalkerDep, appliance: ApplianceDep) -> ModelsBody:
    """The models that can be asked for, and those whose vectors are stored."""
    installed = await installed_models(appliance)
    settings = appliance.settings
    chat = [model for model in installed or () if "completion" in model.capabilities]
    return ModelsBody(
        default_model=(await run_in_threadpool(appliance.runtime.current)).chat_model,
        fallback_model=settings.fallback_model,
        reachable=installed is not None,
        chat=[ChatModel.model_validate(model) for model in chat],
        embedding_model=settings.embedding_model,
        embeddings=await run_in_threadpool(_generations, appliance),
    )


@router.post(
    "/models/embedding/reindex",
    summary="Embed everything by the configured model",
    status_code=status.HTTP_202_ACCEPTED,
)
def reindex_embeddings(admin: AdminDep, appliance: ApplianceDep) -> JobBody:
    """Queue the computing of all missing vectors; the present generation serves meanwhile."""
    with appliance.database.write() as session:
        job = enqueue_reembed(session, admin.id)
        record(session, Event.MODEL_REINDEX, target=("job", job.id))
        return JobBody.of(job)


@router.post(
    "/evaluations", summary="Evaluate on golden sets", status_code=status.HTTP_202_ACCEPTED
)
def create_evaluation(
    body: EvaluationRequest, operator: OperatorDep, appliance: ApplianceDep
) -> JobBody:
    """Queue an evaluation over golden sets in a folder on the server.

    For the operator alone: whoever may name a folder learns what lies in it.
    """
    with appliance.database.write() as session:
        payload = {"path": body.path, "sets": body.sets}
        job = enqueue(session, "evaluate", created_by=operator.id, payload=payload)
        record(session, Event.EVALUATION_STARTED, target=("job", job.id))
        return JobBody.of(job)


async def installed_models(appliance: Appliance) -> list[ModelInfo] | None:
    """Models of the generator, None when it does not answer."""
    try:
        models: list[ModelInfo] = await appliance.generator.list_models()
    except GenerationError:
        return None
    return models


def _generations(appliance: Appliance) -> list[EmbeddingGeneration]:
    with appliance.database.read() as session:
        serving = serving_model(session)
        models = session.scalars(select(EmbeddingModel).order_by(EmbeddingModel.created_at))
        return [
            EmbeddingGeneration(
                id=model.id,
                name=model.name,
                dimensions=model.dimensions,
                serving=serving is not None and serving.id == model.id,
                complete_at=model.complete_at,
                missing=count_unembedded(session, model.id),
            )
            for model in models
        ]
