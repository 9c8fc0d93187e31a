"""Offers the activity `trainChallenger` on a task queue of its own, until it is told to stop."""

import asyncio
import json
import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from failures import Refused
from trainer import Context, train

QUEUE = os.environ.get("UNDERSTUDY_TRAINER_QUEUE") or "training-lightgbm"
HEARTBEAT_SECONDS = 0.5
"""Workers left to themselves keep heartbeats back for most of the time-out, and with them the news of a cancellation."""


@activity.defn(name="trainChallenger")
async def train_challenger(input: dict) -> dict:
    """Computes in a thread, so that heartbeats go out and a cancellation (which only a heartbeat brings) is heard within a second."""
    context = Context(cancelled=threading.Event())
    work = asyncio.create_task(asyncio.to_thread(train, input, context))
    try:
        while not work.done():
            activity.heartbeat(context.progress)
            await asyncio.wait([work], timeout=HEARTBEAT_SECONDS)
        return work.result()
    except Refused as refused:
        raise ApplicationError(str(refused), type=refused.type, non_retryable=True) from refused
    except asyncio.CancelledError:
        # The thread looks at the event between two trees; nobody may train on the same cores before it has ended.
        context.cancelled.set()
        await asyncio.wait([work])
        raise


def temporal_address() -> str:
    """The environment wins; else the address that a running `understudy dev` keeps in its state folder."""
    if address := os.environ.get("TEMPORAL_ADDRESS"):
        return address
    endpoints = Path(os.environ.get("UNDERSTUDY_STATE") or ".understudy") / "endpoints.json"
    if endpoints.exists():
        return json.loads(endpoints.read_text())["temporalAddress"]
    sys.exit("no Understudy runs on the state folder .understudy: start one with `understudy dev`, or set TEMPORAL_ADDRESS")


async def connected(address: str) -> Client:
    while True:
        try:
            return await Client.connect(address, namespace=os.environ.get("TEMPORAL_NAMESPACE") or "default")
        except RuntimeError:
            print(f"Temporal at {address} does not answer yet; trying again every second", flush=True)
            await asyncio.sleep(1)


async def main() -> None:
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    client = await connected(temporal_address())
    # One training at a time uses the cores it has.
    async with Worker(
        client,
        task_queue=QUEUE,
        activities=[train_challenger],
        max_concurrent_activities=1,
        max_heartbeat_throttle_interval=timedelta(seconds=HEARTBEAT_SECONDS),
    ):
        print(f"lightgbm trainer is ready on task queue {QUEUE}", flush=True)
        await stopping.wait()
    print("lightgbm trainer has stopped", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
