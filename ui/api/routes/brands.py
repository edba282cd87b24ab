"""Which brands are served, and what anyone may know of them."""

from fastapi import APIRouter, Depends

from ui.api.dependencies import ServicesHere, SessionHere, require_local_user
from ui.api.schemas import BrandName, PublicProfile, public_profile
from ui.notices import ai_notice

router = APIRouter(prefix="/v1", tags=["brands"])


@router.get("/brands", dependencies=[Depends(require_local_user)])
def list_brands(services: ServicesHere) -> list[BrandName]:
    """List the brands that are served here."""
    return [BrandName(id=one.id, name=one.name) for one in services.group.brands.values()]


@router.get("/brand")
def show_brand(services: ServicesHere, session: SessionHere, language: str | None = None) -> PublicProfile:
    """Tell the public profile of the session's brand."""
    profile = services.group.brand(session.brand_id)
    spoken = language if language in profile.languages else profile.default_language
    return public_profile(profile, services.group.brand_folder(profile.id), ai_notice(profile.name, spoken))
