"""Submits events, which threads of the client send, and shows each result as it comes."""

from hookrail import Hookrail

with Hookrail() as client:
    for number in range(10):
        client.submit("orders.created", {"number": number}, ordering_key="o_1", tag=number)
    for submission in client.completions():
        print(submission.tag, submission.outcome, submission.exception() or "")
