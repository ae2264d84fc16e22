"""Drives a dossier through its life over HTTP, with one account an office: for `hoso demo` and for tests."""
