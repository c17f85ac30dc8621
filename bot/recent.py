"""What was asked in, what was found for it lately out: many people ask about the same post, and it is worked on once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Recent(Generic[_T]):
    """Keeps the last `size` results. Threads may share it: whoever asks for what is being made waits for it; a failure is kept for nobody."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[_T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        with self._lock:
            future, mine = self._kept.get(key), False
            if future is None:
                future, mine = self._kept.setdefault(key, Future()), True
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        if mine:
            self._make(key, future, make)
        return future.result()

    def _make(self, key: Hashable, future: Future[_T], make: Callable[[], _T]) -> None:
        try:
            future.set_result(make())
        except BaseException as exc:
            with self._lock:
                self._kept.pop(key, None)
            future.set_exception(exc)
