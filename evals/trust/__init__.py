"""Suites that prove what holds when the model, the documents or the customer are hostile."""
