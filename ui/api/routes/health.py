"""Whether the process lives, and whether it is warm."""

from typing import cast

from fastapi import APIRouter, Request, Response

from ui.api.dependencies import MetricsHere
from ui.api.errors import NotReady
from ui.api.metrics import MEDIA_TYPE
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


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def show_metrics(metrics: MetricsHere) -> Response:
    """Tell Prometheus what was counted; for this machine only."""
    return Response(metrics.as_text(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
