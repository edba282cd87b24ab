"""What can go wrong with an evaluation.

EvalsError
└── GoldenFileInvalid   a golden_questions.yaml is missing or wrong
"""


class EvalsError(Exception):
    """Base of every error of this package; its text says what to do."""


class GoldenFileInvalid(EvalsError):
    """A golden_questions.yaml is missing or wrong."""
