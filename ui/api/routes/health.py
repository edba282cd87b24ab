"""Whether the process lives, and whether it is warm."""

from hmac import compare_digest
from typing import cast

from fastapi import APIRouter, Depends, Request, Response

from ui.api.access import bearer_of
from ui.api.dependencies import MetricsHere, ServicesHere, address_of
from ui.api.errors import ApiKeyInvalid, ApiKeyMissing, LocalOnly, NotReady
from ui.api.metrics import MEDIA_TYPE
from ui.api.origins import is_local_address, is_local_host, require_local
from ui.api.readiness import Readiness

router = APIRouter(tags=["health"])
_ELSEWHERE = "the server's own machine is told why"


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process lives."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, object]:
    """Tell whether questions are answered at full speed, and which brands cannot answer; why, to this machine only."""
    readiness = cast("Readiness", request.app.state.readiness)
    if readiness.failure is not None:
        raise NotReady(readiness.failure)
    if not readiness.warm:
        raise NotReady("the server is warming up; ask again in a moment")
    here = is_local_address(address_of(request)) and is_local_host(request.headers.get("host", ""))
    silent = dict(readiness.silent) if here else dict.fromkeys(readiness.silent, _ELSEWHERE)
    return {"status": "ready", "silent": silent}


def require_reader(request: Request, services: ServicesHere) -> None:
    """Refuse who may not read the figures: they are for this machine, and for who has the key for them.

    Raises:
        LocalOnly: there is no such key, and the request comes from elsewhere.
        ApiKeyMissing: it brings no key.
        ApiKeyInvalid: it brings another one.
    """
    key, given = services.settings.metrics_key, bearer_of(request.headers.get("authorization"))
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if given is None or key is None:
        try:
            require_local(origin, host, address_of(request))
        except LocalOnly:
            if key is None:
                raise
            raise ApiKeyMissing("send MARQUE_UI_METRICS_KEY as `Authorization: Bearer`") from None
    elif not compare_digest(given.encode(), key.get_secret_value().encode()):
        raise ApiKeyInvalid("this is not the key for the figures; it is MARQUE_UI_METRICS_KEY of the server")


@router.get(
    "/metrics",
    dependencies=[Depends(require_reader)],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
def show_metrics(metrics: MetricsHere) -> Response:
    """Tell Prometheus what was counted."""
    return Response(metrics.as_text(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
