"""The steps from a message to a reply, one a file."""
