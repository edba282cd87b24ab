"""Makes a candidate live, unless that would lose something unasked or needs a second person."""

from brands import Group
from ingest.errors import LossNotAccepted
from ingest.kept_view import kept_view
from ingest.loss_guard import describe_losses
from ingest.source import discover_documents
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.brand_folder import BrandFolder
from knowledge_base.errors import KnowledgeBaseError, SecondPersonNeeded
from knowledge_base.release import Manifest
from knowledge_base.second_person import is_same_person, require_second_person


def publish_release(
    group: Group,
    knowledge_base: KnowledgeBase,
    brand_id: str,
    release_id: str,
    *,
    published_by: str,
    accept_loss: bool = False,
) -> None:
    """Make a kept release live when nothing speaks against it.

    Args:
        group: whose brand.
        knowledge_base: where its releases lie.
        brand_id: the brand.
        release_id: any kept release.
        published_by: who publishes it.
        accept_loss: publish although live content would be lost.

    Raises:
        LossNotAccepted: live content would be lost; nothing changed.
        SecondPersonNeeded: the group asks for two people, and this one built it or brought something in; nothing
            changed.
        KnowledgeBaseError: the release is damaged, empty or not there; nothing changed.
    """
    check_publish(group, knowledge_base, brand_id, release_id, published_by=published_by, accept_loss=accept_loss)
    knowledge_base.releases.publish(brand_id, release_id, published_by=published_by)


def check_publish(
    group: Group,
    knowledge_base: KnowledgeBase,
    brand_id: str,
    release_id: str,
    *,
    published_by: str,
    accept_loss: bool = False,
) -> None:
    """Refuse what `publish_release` would refuse, and change nothing.

    A release that was live before went through this once and may always come back.

    Args:
        group: whose brand.
        knowledge_base: where its releases lie.
        brand_id: the brand.
        release_id: any kept release.
        published_by: who would publish it.
        accept_loss: whether a loss is accepted.

    Raises:
        LossNotAccepted: live content would be lost.
        SecondPersonNeeded: the group asks for two people, and this one built it or brought a document in.
        KnowledgeBaseError: the release is damaged or not there.
    """
    folder = BrandFolder(knowledge_base.data_folder, group.brand(brand_id).id)
    manifest = folder.manifest(release_id)
    if folder.was_published(release_id):
        return
    live_id = folder.live_id()
    # Ids rise with time. What a candidate would lose was found against what was live when it was built.
    if live_id is not None and release_id < live_id and not accept_loss:
        raise LossNotAccepted(
            f"release {release_id} of {brand_id} was never live and is older than {live_id}, which is: what came in "
            "since would be lost. Ingest again, or publish it with --accept-loss"
        )
    kept = kept_view(knowledge_base.data_folder, brand_id, release_id)
    if kept is None and live_id is not None and not accept_loss:
        raise LossNotAccepted(
            f"release {release_id} of {brand_id} does not tell what it would lose, as its ingest ended too early; "
            "ingest again, or publish it with --accept-loss"
        )
    if kept is not None and kept.losses and not accept_loss:
        raise LossNotAccepted(
            f"release {release_id} of {brand_id} is built but not live, because it would lose live content: "
            f"{describe_losses(kept.losses)}. Mend that and ingest again, or publish it with --accept-loss"
        )
    if group.profile.two_person_publish:
        require_second_person(manifest, published_by)
        _require_other_than_uploader(group, folder, manifest, published_by)


def _require_other_than_uploader(group: Group, folder: BrandFolder, manifest: Manifest, published_by: str) -> None:
    """Refuse that somebody publishes what they uploaded, whoever built the release of it."""
    live = _live_hashes(folder)
    new = {one.document_id for one in manifest.documents if live.get(one.document_id) != one.content_hash}
    for one in discover_documents(group, manifest.brand_id).documents:
        uploaders = [str(layer["uploaded_by"]) for layer in one.layers if layer.get("uploaded_by")]
        if one.document_id in new and uploaders and is_same_person(uploaders[-1], published_by):
            raise SecondPersonNeeded(
                f"{uploaders[-1]} brought {one.document_id} in, and publishing takes a second person in this group; "
                "another one looks at it and publishes it"
            )


def _live_hashes(folder: BrandFolder) -> dict[str, str]:
    live_id = folder.live_id()
    try:
        return {one.document_id: one.content_hash for one in folder.manifest(live_id).documents} if live_id else {}
    except KnowledgeBaseError:  # it is damaged: what is to take its place is new as a whole
        return {}
