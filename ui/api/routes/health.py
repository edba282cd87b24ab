"""Whether the process lives, and whether it is warm."""

from typing import cast

from fastapi import APIRouter, Request

from ui.api.errors import NotReady
from ui.api.readiness import Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process lives."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, object]:
    """Tell whether questions are answered at full speed, and which brands cannot answer, and why."""
    readiness = cast("Readiness", request.app.state.readiness)
    if readiness.failure is not None:
        raise NotReady(readiness.failure)
    if not readiness.warm:
        raise NotReady("the server is warming up; ask again in a moment")
    return {"status": "ready", "silent": dict(readiness.silent)}
