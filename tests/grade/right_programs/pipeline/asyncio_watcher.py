# right: Python with asyncio, whose watcher collects a child that ends early at once
import asyncio
import os
import sys


async def main():
    between = sys.argv.index("--")
    read_end, write_end = os.pipe()
    first = await asyncio.create_subprocess_exec(*sys.argv[1:between], stdout=write_end)
    os.close(write_end)
    second = await asyncio.create_subprocess_exec(*sys.argv[between + 1 :], stdin=read_end)
    os.close(read_end)
    await first.wait()
    status = await second.wait()
    return status if status >= 0 else 128 - status


sys.exit(asyncio.run(main()))
