"""A process that keeps caches, one longer than the other, and says which until it is killed."""

import sys

import memory_os
from memory_os.testing.connector_activation import CHUNK, MODEL, PASSED, layers


def main(url: str) -> None:
    made = layers(CHUNK * 8)
    with memory_os.connect(url) as memory:
        number = 0
        while True:
            number += 1
            tokens = (number, *range(1, CHUNK * 8))
            kept = memory.store_activation(MODEL, tokens, made, user_id="ada")
            memory.check_activation(kept.id, PASSED)
            print(number, kept.id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
