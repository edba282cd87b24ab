"""The routes of the HTTP interface, one subject a file."""
