"""Run-time settings, for administrators; what of them everyone sees, for everyone."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response, status
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from on_prem_rag.api.dependencies import AdminDep, ApplianceDep, SettledDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.settings import (
    AnnouncementBody,
    BrandingBody,
    CurrentAnnouncement,
    ModelTest,
    ModelTestBody,
    RuntimeSettingsBody,
    RuntimeSettingsChange,
    RuntimeValuesBody,
)
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.db.base import utc_now
from on_prem_rag.errors import ModelNotFound, NotFound
from on_prem_rag.llm.trial import try_model
from on_prem_rag.settings.logo import find_logo, logo_id, put_logo, remove_logo
from on_prem_rag.settings.service import stored
from on_prem_rag.settings.values import RuntimeValues

router = APIRouter(prefix=API, tags=["settings"])
_IMAGES = ("image/png", "image/webp")
_LOGO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {n: {"schema": {"type": "string", "format": "binary"}} for n in _IMAGES},
    }
}


@router.get("/branding", summary="Name, accent and logo", responses=error_examples(503))
def get_branding(appliance: ApplianceDep) -> BrandingBody:
    """How the page looks to everyone."""
    values = appliance.runtime.current()
    with appliance.database.read() as session:
        logo = _logo_address(session)
    return BrandingBody(name=values.enterprise_name, hue=values.accent_hue, logo=logo)


@router.get(
    "/branding/logo",
    summary="The logo",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **error_examples(404)},
)
def get_logo(appliance: ApplianceDep) -> Response:
    """The logo as PNG; a new one has a new address."""
    with appliance.database.read() as session:
        logo = find_logo(session)
    if logo is None:
        raise NotFound("There is no logo.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(logo.image, media_type="image/png", headers=headers)


@router.get("/announcement", summary="What everyone is told", responses=SIGNED_IN)
def get_announcement(_caller: SettledDep, appliance: ApplianceDep) -> CurrentAnnouncement:
    """The announcement above every view, null when there is none."""
    found = appliance.runtime.current().announcement
    if found is None or (found.until is not None and found.until <= utc_now()):
        return CurrentAnnouncement(announcement=None)
    return CurrentAnnouncement(announcement=AnnouncementBody.model_validate(found))


@router.get("/admin/settings", summary="Run-time settings", responses=SIGNED_IN)
def get_runtime_settings(_admin: AdminDep, appliance: ApplianceDep) -> RuntimeSettingsBody:
    """What holds now, and what would hold if nothing were set."""
    with appliance.database.read() as session:
        return _body(appliance, session, appliance.runtime.values(session))


@router.patch("/admin/settings", summary="Change run-time settings", responses=SIGNED_IN)
def change_runtime_settings(
    body: RuntimeSettingsChange, _admin: AdminDep, appliance: ApplianceDep
) -> RuntimeSettingsBody:
    """Set values, or bring defaults back; every replica follows within five seconds."""
    changes = body.model_dump(exclude_unset=True)
    with appliance.database.write() as session:
        values = appliance.runtime.change(session, changes)
        return _body(appliance, session, values)


@router.put(
    "/admin/logo",
    summary="Set the logo",
    responses={**SIGNED_IN, **error_examples(413)},
    openapi_extra=_LOGO_BODY,
)
async def set_logo(request: Request, _admin: AdminDep, appliance: ApplianceDep) -> BrandingBody:
    """Take over a PNG or WebP image of at most 200 kB, which is drawn anew."""
    data = await request.body()
    return await run_in_threadpool(_put_logo, appliance, data)


@router.delete(
    "/admin/logo",
    summary="Remove the logo",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=SIGNED_IN,
)
def delete_logo(_admin: AdminDep, appliance: ApplianceDep) -> None:
    """Go without a logo again."""
    with appliance.database.write() as session:
        remove_logo(session)


@router.post(
    "/admin/models/test",
    summary="Ask a model a test question",
    responses={**SIGNED_IN, **error_examples(404)},
)
async def test_model(body: ModelTest, admin: AdminDep, appliance: ApplianceDep) -> ModelTestBody:
    """Ask a fixed short question and tell how fast the answer came; it waits in turn like any."""
    values = await run_in_threadpool(appliance.runtime.current)
    model = body.model or values.chat_model
    try:
        async with appliance.queue.slot(admin.id):
            tried = await try_model(appliance.ollama, model, values.num_ctx)
    except ModelNotFound as error:
        # Nothing is down: the request named what is not there.
        raise NotFound(error.message, hint=error.hint) from None
    return ModelTestBody.model_validate(tried)


def _put_logo(appliance: Appliance, data: bytes) -> BrandingBody:
    with appliance.database.write() as session:
        put_logo(session, data)
    return get_branding(appliance)


def _logo_address(session: Session) -> str | None:
    found = logo_id(session)
    return f"{API}/branding/logo?id={found}" if found else None


def _body(appliance: Appliance, session: Session, values: RuntimeValues) -> RuntimeSettingsBody:
    return RuntimeSettingsBody(
        values=RuntimeValuesBody.model_validate(values),
        defaults=RuntimeValuesBody(**appliance.runtime.defaults),
        changed=sorted(stored(session)),
        logo=_logo_address(session),
    )
