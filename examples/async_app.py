"""AsyncMemory inside an event loop."""

import asyncio

import memory_os


async def main() -> None:
    async with memory_os.connect_async("sqlite://") as memory:
        await asyncio.gather(
            *(memory.add(f"Shelf {n} holds {what}.", user_id="ada") for n, what in SHELVES)
        )
        result = await memory.search("Where is the honey?", user_id="ada")
        print(result.results[0].memory)


SHELVES = ((1, "jam"), (2, "honey"), (3, "candles"))

if __name__ == "__main__":
    asyncio.run(main())
