"""A FastAPI application with a client for each worker."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from hookrail import AsyncHookrail, EventAccepted, EventStatus

client = AsyncHookrail()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
    await client.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/send/{topic}", response_model=EventAccepted)
async def send(topic: str) -> EventAccepted:
    return await client.send_event(topic, {"worker": os.getpid()})


@app.get("/event/{event_id}")
async def event(event_id: str) -> EventStatus:
    return await client.get_event(event_id)


@app.get("/worker")
async def worker() -> dict[str, int]:
    return {"worker": os.getpid()}
