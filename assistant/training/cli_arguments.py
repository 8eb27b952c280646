"""Arguments of ``docent models`` and ``docent train --labels``, apart: each start makes all parsers."""

from __future__ import annotations

import argparse

ACTIONS = ("list", "activate", "rollback", "compare", "export", "import", "delete", "rename")


def add_model_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of ``docent models``; without any it lists."""
    command.add_argument("action", choices=ACTIONS, nargs="?", help="list the versions, or change them")
    command.add_argument("names", metavar="NAME", nargs="*", help="what the action is about")


def add_training_arguments(command: argparse.ArgumentParser) -> None:
    """What ``docent train`` takes to train from labels."""
    command.add_argument("--labels", action="store_true", help="train from your labels, test, publish and activate")
    command.add_argument("--preset", choices=("quick", "balanced", "thorough"), default="quick")
    command.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="an advanced parameter")
    command.add_argument("--search", metavar="MINUTES", type=float, default=0.0, help="look for parameters first")
    command.add_argument("--seed", type=int, help="of the split by document")
    command.add_argument("--resume", metavar="RUN", help="go on with a run; 'last' is the newest unfinished one")
    command.add_argument("--insist", action="store_true", help="activate even if it is worse than the current one")
    command.add_argument("--no-activate", action="store_true", help="install the model only")
