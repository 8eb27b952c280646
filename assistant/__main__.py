"""``python -m assistant`` is ``docent``."""

from __future__ import annotations

import sys

from assistant.cli import main

# The document process is spawned: it imports this module again under another name and must not start anew.
if __name__ == "__main__":
    sys.exit(main())
