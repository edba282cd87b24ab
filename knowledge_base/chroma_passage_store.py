"""The passage store whose great releases are searched by Chroma."""

from pathlib import Path

from knowledge_base.chroma_collection import CHROMA_FOLDER, write_collection
from knowledge_base.embedder import Vectors
from knowledge_base.file_passage_store import FilePassageStore


class ChromaPassageStore(FilePassageStore):
    """Keeps a release's passages and vectors in files, and those of a great release in a Chroma collection too.

    Any scope inside a great release is searched exactly; Chroma is asked when all of it is searched, and imported for
    that alone (docs/decisions/0003-release-directories.md).

    Args:
        exact_search_limit: up to so many passages a release is searched exactly and has no collection.
    """

    def _write_index(self, folder: Path, name: str, vectors: Vectors) -> None:
        write_collection(folder / CHROMA_FOLDER, name, vectors)
