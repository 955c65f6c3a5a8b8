"""What ends with its `with` block."""

from __future__ import annotations

from types import TracebackType
from typing import Optional, TypeVar

Closed = TypeVar("Closed", bound="Closing")


class Closing:
    """Has a `close` that may be said again."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self: Closed) -> Closed:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()
