"""Read one document of each format; every loader runs inside the limited child process."""
