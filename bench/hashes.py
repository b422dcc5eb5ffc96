"""`python -m bench.hashes N`: the CPU milliseconds of one password hash, alone in a process; the median of N."""

import statistics
import sys
import time

import django


def main(count: int) -> float:
    django.setup()
    from django.contrib.auth.hashers import check_password, make_password

    encoded = make_password("measured")
    times = []
    for _each in range(count):
        begun = time.process_time()
        check_password("measured", encoded)
        times.append((time.process_time() - begun) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
