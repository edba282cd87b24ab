"""Tests of web sources, against a real server on this machine."""
