"""What the exit code of `marque` means."""

from enum import IntEnum

from bot.errors import BotError
from brands import BrandsError
from evals.errors import EvalsError
from ingest.errors import IngestError, LossNotAccepted
from knowledge_base.errors import KnowledgeBaseError, SecondPersonNeeded
from ui.errors import ServerError


class ExitCode(IntEnum):
    """Exit codes of `marque`; 2 is the command line's own."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    GROUP = 3
    DOCUMENTS = 4
    KNOWLEDGE = 5
    ANSWER = 6
    SERVER = 7
    FINDINGS = 8
    HELD = 9
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "something unforeseen failed",
    ExitCode.USAGE: "the command line was wrong",
    ExitCode.GROUP: "the group folder, a profile or a setting is wrong",
    ExitCode.DOCUMENTS: "no document of a brand could be brought in",
    ExitCode.KNOWLEDGE: "nothing is published, or the data folder cannot be used",
    ExitCode.ANSWER: "the question could not be taken",
    ExitCode.SERVER: "the server cannot start",
    ExitCode.FINDINGS: "the command ran, and what it checked is not in order",
    ExitCode.HELD: "a release was built and held back: live content would be lost, or a second person is needed",
    ExitCode.INTERRUPTED: "stopped by the user",
}

_BY_ERROR: tuple[tuple[type[Exception], ExitCode], ...] = (
    (BrandsError, ExitCode.GROUP),
    (LossNotAccepted, ExitCode.HELD),
    (SecondPersonNeeded, ExitCode.HELD),
    (IngestError, ExitCode.DOCUMENTS),
    (KnowledgeBaseError, ExitCode.KNOWLEDGE),
    (BotError, ExitCode.ANSWER),
    (ServerError, ExitCode.SERVER),
    (EvalsError, ExitCode.GROUP),
)


def exit_code_of(error: Exception) -> ExitCode:
    """The exit code that tells of an error.

    Args:
        error: any exception.

    Returns:
        FAILED for what no package foresaw.
    """
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.FAILED)
