"""Assigns the results of submitted events to their submissions."""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from ctypes import c_uint64
from typing import Any, Final

from hookrail._changes import Changes
from hookrail._deadline import SLICE_MS, Deadline
from hookrail._greenlets import is_cooperative
from hookrail._loops import running_loop
from hookrail._native import queue
from hookrail._native.client import NativeClient
from hookrail._observation import Observer
from hookrail._submission import Submission
from hookrail.errors import (
    HookrailError,
    HookrailForkedError,
    OutOfResourcesError,
    QueueFullError,
)

OnError = Callable[[Submission], object]

BATCH: Final = 64
"""How many results are collected at once."""

IDLE_MS: Final = 1000
"""How long the thread waits for another submit before it ends."""

GRACE: Final = 1.0
"""How many seconds a close waits for the thread to assign the last results."""


class Producer:
    """The submissions of a client, and the thread that collects their results.

    The thread runs while submissions are unfinished. It keeps the native client and not the client
    of the program, so that a client that is dropped still sends its events.
    """

    def __init__(
        self,
        native: NativeClient,
        observer: Observer,
        on_error: OnError | None,
        queue_max_events: int = 10_000,
    ) -> None:
        self._native = native
        self._most_untaken = queue_max_events
        self._observer = observer
        self._on_error = on_error
        self._tags = itertools.count(1)
        self._submissions: dict[int, Submission] = {}
        self._closed = False
        self._ready: deque[Submission] | None = None
        self._changes = Changes()
        self._thread: threading.Thread | None = None
        _producers.add(self)

    def submit(
        self,
        enqueue: Callable[[int, int, c_uint64], None],
        wait: float | None,
        topic: str | None,
        idempotency_key: str | None,
        ordering_key: str | None,
        tag: Any,
    ) -> Submission:
        """Queues an event.

        Args:
            enqueue: Queues it with a tag, waits for room for some milliseconds, and writes its
                token to a place, unless a signal ends the wait.
            wait: How many seconds to wait for room in the queue.
            topic: The topic of the submission.
            idempotency_key: Its idempotency key.
            ordering_key: Its ordering key.
            tag: Its tag.

        Raises:
            QueueFullError: There was no room.
            OutOfResourcesError: No thread could be started.
        """
        deadline = Deadline(0 if wait is None else wait, "wait")
        number = next(self._tags)
        submission = Submission(self._cancel, topic, idempotency_key, ordering_key, tag)
        token = c_uint64()
        try:
            with self._changes.lock:
                self._submissions[number] = submission
                self._start()
            while not token.value:
                slice_ms = deadline.slice_ms()
                try:
                    self._wait_for_takers(slice_ms)
                    enqueue(number, slice_ms, token)
                except QueueFullError:
                    if deadline.is_over():
                        raise
            submission._token = token.value
        except BaseException:
            # An exception of a signal handler may come when the event is queued already.
            if not token.value:
                with self._changes.lock:
                    self._submissions.pop(number, None)
            raise
        return submission

    def _wait_for_takers(self, milliseconds: int) -> None:
        """Refuses an event while the queue is full of results that the program has not taken."""
        with self._changes.lock:
            ready = self._ready
            if ready is None or len(ready) < self._most_untaken:
                return
            sleep = self._changes.new_sleep()
        self._changes.sleep(sleep, milliseconds / 1000)
        if len(ready) < self._most_untaken:
            return
        error = QueueFullError(
            f"the queue is full: the program has not taken {self._most_untaken} results from "
            "completions()"
        )
        error.outcome = "not_sent"
        raise error

    def completions(self, until_closed: bool) -> Iterator[Submission]:
        """Yields submissions as they finish."""
        self.keep_completions()
        return self._taken(until_closed)

    def _taken(self, until_closed: bool) -> Iterator[Submission]:
        while True:
            sleep = None
            with self._changes.lock:
                submission = self._take()
                if submission is None:
                    if self._has_all(until_closed):
                        return
                    sleep = self._changes.new_sleep()
            if submission is not None:
                yield submission
            elif sleep is not None:
                self._changes.sleep(sleep)

    def _take(self) -> Submission | None:
        """Returns the next submission that has finished. The caller holds the lock."""
        if not self._ready:
            return None
        submission = self._ready.popleft()
        self._changes.tell()
        return submission

    def keep_completions(self) -> None:
        """Keeps the submissions that finish from now on, until the program takes them."""
        with self._changes.lock:
            if self._ready is None:
                self._ready = deque()

    async def completions_async(self, until_closed: bool) -> AsyncIterator[Submission]:
        """Yields submissions as they finish, to a task."""
        loop = running_loop()
        while True:
            wait = None
            with self._changes.lock:
                submission = self._take()
                if submission is None:
                    if self._has_all(until_closed):
                        return
                    wait = self._changes.new_wait(loop)
            if submission is not None:
                yield submission
            elif wait is not None:
                await wait.sleep()

    def _has_all(self, until_closed: bool) -> bool:
        """Returns whether no more submissions finish."""
        return not self._submissions and (self._closed or not until_closed)

    def flush(self, timeout: float | None) -> int:
        """Waits until no event is queued or in flight. Returns how many still are."""
        deadline = Deadline(timeout, "timeout")
        while True:
            remaining = queue.flush(self._native, deadline.slice_ms())
            if not remaining or deadline.is_over():
                break
        if not remaining:
            self._await_results(deadline)
        return remaining

    async def flush_async(self, timeout: float | None) -> int:
        """Waits like `flush`, in a task."""
        loop = running_loop()
        deadline = Deadline(timeout, "timeout")
        while True:
            with self._changes.lock:
                wait = self._changes.new_wait(loop)
                is_settled = not self._submissions or self._thread is None
            pending = queue.pending(self._native)
            remaining = pending.queued + pending.in_flight
            if (is_settled and not remaining) or deadline.is_over():
                return remaining
            # Each result of an event ends the wait.
            await wait.sleep_for(deadline.slice_ms() / 1000)

    def has_unfinished(self) -> bool:
        """Returns whether submissions are unfinished."""
        return bool(self._submissions)

    def close(self, timeout: float | None) -> int:
        """Closes the native client. Returns the number of events that were given up."""
        deadline = Deadline(timeout, "timeout")
        if is_cooperative():
            self.flush(timeout)
            deadline = Deadline(0, "timeout")
        unsent = self._native.close(deadline)
        with self._changes.lock:
            self._closed = True
            self._changes.tell()
        # The program may be ending, when no thread can be started.
        while results := queue.poll(self._native, BATCH, 0):
            self._resolve(results)
        queue.wakeup(self._native)
        self._await_results(Deadline(GRACE, "timeout"))
        return unsent

    def _await_results(self, deadline: Deadline) -> None:
        """Waits until the thread has assigned all results."""
        while True:
            with self._changes.lock:
                if not self._submissions or self._thread in (None, threading.current_thread()):
                    return
                sleep = self._changes.new_sleep()
            if deadline.is_over():
                return
            self._changes.sleep(sleep, SLICE_MS / 1000)

    def _cancel(self, token: int) -> None:
        queue.cancel_submitted(self._native, token)

    def _start(self) -> None:
        """Starts the thread if there is none. The caller holds the lock."""
        if self._thread is not None:
            return
        try:
            self._thread = threading.Thread(
                target=self._collect, name="hookrail results", daemon=True
            )
            self._thread.start()
        except RuntimeError as error:
            self._thread = None
            # At the end of the program close collects the results.
            if threading.main_thread().is_alive():
                raise _no_thread_error(error) from error
        except BaseException:
            # The next submit starts another. A thread that runs nevertheless ends.
            self._thread = None
            raise

    def _collect(self) -> None:
        with self._changes.lock:
            if self._thread is not threading.current_thread():
                return
        while True:
            try:
                results = self._poll()
            except OutOfResourcesError:
                results = []
                time.sleep(SLICE_MS / 1000)
            self._resolve(results)
            with self._changes.lock:
                if not self._submissions and (not results or self._closed):
                    self._thread = None
                    return

    def _poll(self) -> list[queue.Completion]:
        """Waits for results, and collects them."""
        if not is_cooperative():
            return queue.poll(self._native, BATCH, IDLE_MS)
        from hookrail._gevent import wait_readable

        wait_readable(queue.event_descriptor(self._native), IDLE_MS / 1000)
        return queue.poll(self._native, BATCH, 0)

    def _resolve(self, results: list[queue.Completion]) -> None:
        for completion in results:
            with self._changes.lock:
                submission = self._submissions.get(completion.tag)
            if submission is None:
                continue
            try:
                submission._resolve(completion)
                self._report(submission)
            except BaseException as error:
                if self._thread is not threading.current_thread():
                    raise
                # Without its thread no other submission would end.
                self._complain(error)
            with self._changes.lock:
                if self._ready is not None:
                    self._ready.append(submission)
                self._submissions.pop(completion.tag, None)
        if results:
            with self._changes.lock:
                self._changes.tell()

    def _report(self, submission: Submission) -> None:
        self._observer.submission(submission)
        if self._on_error is None or submission.exception() is None:
            return
        try:
            self._on_error(submission)
        except Exception:
            self._observer.complain("on_error raised an exception")

    def _complain(self, error: BaseException) -> None:
        # The program's logging may have raised it.
        with suppress(Exception):
            self._observer.complain(f"the program raised {type(error).__name__}")

    def forked(self) -> None:
        """Ends the submissions of the parent in a process made by fork."""
        self._changes = Changes()
        self._thread = None
        submissions, self._submissions = self._submissions, {}
        if self._ready is not None:
            self._ready = deque()
        for submission in submissions.values():
            if not submission.done():
                # A thread of the parent may have held the lock.
                submission._condition = threading.Condition()
                submission.outcome = "maybe_sent"
                submission._set_end(_forked_error(submission))


def _no_thread_error(reason: RuntimeError) -> HookrailError:
    error = OutOfResourcesError(f"cannot start the thread that collects results: {reason}")
    error.outcome = "not_sent"
    error.retryable = True
    return error


def _forked_error(submission: Submission) -> HookrailError:
    error = HookrailForkedError(
        "this submission was made by the parent of this process, which gets its result"
    )
    error.outcome = submission.outcome
    error.idempotency_key = submission.idempotency_key
    return error


_producers: weakref.WeakSet[Producer] = weakref.WeakSet()


def _after_fork() -> None:
    for producer in list(_producers):
        producer.forked()


os.register_at_fork(after_in_child=_after_fork)
