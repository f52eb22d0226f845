# right: Python with asyncio, executing itself
import asyncio
import sys


async def child(code):
    return await asyncio.create_subprocess_exec(sys.executable, "-SE", __file__, code, "child")


async def main():
    # Start both before waiting for either.
    children = [await child(code) for code in sys.argv[1:]]
    await asyncio.gather(*(each.wait() for each in children))
    for each in children:
        print(each.pid, each.returncode)


if sys.argv[2:] == ["child"]:
    sys.exit(int(sys.argv[1]))
asyncio.run(main())
