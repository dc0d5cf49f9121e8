"""Submitted events that tasks of event loops await."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookrail._loops import running_loop

if TYPE_CHECKING:
    from hookrail._submission import Submission
    from hookrail.models import EventAccepted


async def result_of(submission: Submission) -> EventAccepted:
    """Waits until a submission is done, and returns its result or raises its error."""
    wait = running_loop().new_wait()
    submission.add_done_callback(lambda _: wait.finish() and None)
    await wait.sleep()
    return submission.result()
