"""The console: chat preview, agent desk and content studio."""
