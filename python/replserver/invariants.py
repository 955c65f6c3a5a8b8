"""What holds at every moment of a storm, whatever happens, and did not."""

from __future__ import annotations


class Violation(AssertionError):
    """Something that always holds did not. `check` names it."""

    def __init__(self, check: str, text: str) -> None:
        super().__init__(f"{check}: {text}")
        self.check = check
