"""The doors: command line, HTTP interface, console and widget."""
