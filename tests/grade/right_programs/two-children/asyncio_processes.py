# right: Python with asyncio
import asyncio
import sys


async def child(code):
    return await asyncio.create_subprocess_exec(sys.executable, "-SEc", f"raise SystemExit({code})")


async def main():
    # Start both before waiting for either.
    children = [await child(code) for code in sys.argv[1:]]
    await asyncio.gather(*(each.wait() for each in children))
    for each in children:
        print(each.pid, each.returncode)


asyncio.run(main())
