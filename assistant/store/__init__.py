"""SQLite: what the reader did (never deleted) and what was found (can be made again)."""
