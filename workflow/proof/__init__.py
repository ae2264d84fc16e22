"""The proof that a procedure never does what must never happen: every reachable state against `safety.toml`."""
