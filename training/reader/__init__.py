"""The span reader: the bundled MiniLM, fine-tuned to mark the answering span of a passage."""
