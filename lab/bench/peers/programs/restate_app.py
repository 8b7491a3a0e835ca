"""Restate's handlers: one durable step, and six. hypercorn serves them to Restate's server."""

from typing import Any

import restate

bench = restate.Service("bench")


async def nothing() -> dict[str, bool]:
    return {"done": True}


@bench.handler()
async def one(ctx: restate.Context, _job: dict[str, Any]) -> dict[str, bool]:
    output: dict[str, bool] = await ctx.run_typed("only", nothing)
    return output


@bench.handler()
async def six(ctx: restate.Context, _job: dict[str, Any]) -> dict[str, bool]:
    output: dict[str, bool] = {}
    for number in range(6):
        output = await ctx.run_typed(f"step {number}", nothing)
    return output


app = restate.app([bench])
