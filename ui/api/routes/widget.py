"""The widget's script, what it is told of a brand, and a demo page for each brand."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from brands.profile import Identifier, LanguageCode, MarketCode
from ui.api.dependencies import ServicesHere, address_of
from ui.api.origins import PublishableKeys, require_local
from ui.api.schemas import LOGO_TYPES
from ui.widget.demo_page import CONTENT_SECURITY_POLICY, DemoChoice, demo_css, demo_html, demo_monogram, demo_style
from ui.widget.profile import WidgetProfile, widget_profile
from ui.widget.script import read_script

router = APIRouter(tags=["widget"])

# Anyone may read these from any page; nothing in them belongs to a customer.
_PUBLIC = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
}
_OWN = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
_JAVASCRIPT = "text/javascript; charset=utf-8"


class WidgetFacts(BaseModel):
    """What a page that uses the widget may want to pin."""

    integrity: str = Field(description="For `integrity=` of the script tag; it changes when the server is updated.")
    bytes: int
    gzip_bytes: int


@router.get("/widget.js", response_class=Response, responses={200: {"content": {"text/javascript": {}}}})
def show_script(
    accept_encoding: Annotated[str, Header()] = "", if_none_match: Annotated[str, Header()] = ""
) -> Response:
    """Give the widget's script."""
    script = read_script()
    headers = {**_PUBLIC, "ETag": script.tag, "Vary": "Accept-Encoding"}
    if script.tag in if_none_match or if_none_match.strip() == "*":
        return Response(status_code=304, headers=headers)
    if "gzip" in accept_encoding.lower():
        return Response(script.packed, media_type=_JAVASCRIPT, headers={**headers, "Content-Encoding": "gzip"})
    return Response(script.content, media_type=_JAVASCRIPT, headers=headers)


@router.get("/widget.json")
def show_facts(response: Response) -> WidgetFacts:
    """Tell the script's integrity and size."""
    response.headers.update(_PUBLIC)
    script = read_script()
    return WidgetFacts(integrity=script.integrity, bytes=len(script.content), gzip_bytes=len(script.packed))


@router.get("/widget/profile")
def show_profile(
    request: Request,
    services: ServicesHere,
    response: Response,
    *,
    key: Annotated[str | None, Query(max_length=100, description="The brand's publishable key.")] = None,
    brand: Annotated[Identifier | None, Query(description="In place of the key, on the server's own pages.")] = None,
    language: LanguageCode | None = None,
) -> WidgetProfile:
    """Tell the widget what it needs to look and speak like a brand, before any session."""
    response.headers.update(_PUBLIC)
    if key is None and brand is not None:
        require_local(request.headers.get("origin"), request.headers.get("host", ""), address_of(request))
        profile = services.group.brand(brand)
    else:
        profile = PublishableKeys(services.group).brand_of(key or "")
    return widget_profile(profile, language, services.settings.message_limit_characters)


@router.get("/demo/demo.css", include_in_schema=False)
def show_demo_style() -> Response:
    """Give the style that all demo pages share."""
    return Response(demo_style(), media_type="text/css", headers=_OWN)


@router.get("/demo/{brand_id}", include_in_schema=False)
def show_demo(
    services: ServicesHere,
    brand_id: Identifier,
    *,
    language: LanguageCode | None = None,
    mode: Literal["launcher", "inline"] = "launcher",
    theme: Literal["auto", "light", "dark"] = "auto",
    dir: Literal["ltr", "rtl"] = "ltr",  # noqa: A002 - as HTML names it
    model: Annotated[str | None, Query(max_length=100)] = None,
    year: Annotated[int | None, Query(ge=1900, le=2100)] = None,
    market: MarketCode | None = None,
) -> HTMLResponse:
    """Show a page that looks like a brand's site, with the widget on it."""
    choice = DemoChoice(language, mode, theme, dir, model, year, market)
    page = demo_html(services.group.brand(brand_id), choice)
    return HTMLResponse(page, headers={**_OWN, "Content-Security-Policy": CONTENT_SECURITY_POLICY})


@router.get("/demo/{brand_id}/brand.css", include_in_schema=False)
def show_demo_colours(services: ServicesHere, brand_id: Identifier) -> Response:
    """Give a brand's colours for its demo page."""
    return Response(demo_css(services.group.brand(brand_id)), media_type="text/css", headers=_OWN)


@router.get("/demo/{brand_id}/logo", include_in_schema=False)
def show_demo_logo(services: ServicesHere, brand_id: Identifier) -> Response:
    """Give a brand's logo; opened by itself, nothing in it runs."""
    profile = services.group.brand(brand_id)
    headers = {**_OWN, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    path = services.group.brand_folder(brand_id) / (profile.logo or "")
    if not path.is_file():
        return Response(demo_monogram(profile), media_type=LOGO_TYPES[".svg"], headers=headers)
    return Response(path.read_bytes(), media_type=LOGO_TYPES[path.suffix], headers=headers)
