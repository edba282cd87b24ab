"""The sample group and what builds its documents."""
