"""Renders the sources of the sample group into the documents that its brands publish."""
