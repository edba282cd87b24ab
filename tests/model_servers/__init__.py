"""Language-model servers for tests, all on this machine."""
