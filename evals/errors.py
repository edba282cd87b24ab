"""What can go wrong with an evaluation.

EvalsError
├── GoldenFileInvalid    a golden_questions.yaml is missing or wrong
├── DataSetInvalid       a data set of corpus, queries and qrels is missing or wrong
├── GatesInvalid         gates.yaml is missing or wrong
├── MeasurementFailed    a measuring process ended without a result
└── PeerUnavailable      the script to compare with, or what it needs, is not there
"""


class EvalsError(Exception):
    """Base of every error of this package; its text says what to do."""


class GoldenFileInvalid(EvalsError):
    """A golden_questions.yaml is missing or wrong."""


class DataSetInvalid(EvalsError):
    """A data set of corpus, queries and qrels is missing or wrong."""


class GatesInvalid(EvalsError):
    """gates.yaml is missing or wrong."""


class MeasurementFailed(EvalsError):
    """A measuring process ended without a result."""


class PeerUnavailable(EvalsError):
    """The script to compare with, or what it needs, is not there."""
