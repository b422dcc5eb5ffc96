"""`python -m bench.refusing ROUNDS TRIES`: milliseconds of refusals by their reason, as JSON, in a process of its own.

Interleaved in a new order each time, so that a noisy moment hits all reasons alike; at two processes in turn.
"""

import json
import random
import sys
from collections import defaultdict

import django


def main(rounds: int, tries: int) -> dict[str, list[list[float]]]:
    django.setup()
    from tests.services.cluster import Cluster
    from tests.services.refusals import attempt, refused_people, visit

    cluster = Cluster()

    def once() -> dict[str, float]:
        cluster.write("DELETE FROM accounts_tally")
        server = cluster.either
        order = random.sample(sorted(people), len(people))
        return {reason: 1000 * attempt(visit(cluster), reason, people[reason], server).seconds for reason in order}

    took: dict[str, list[list[float]]] = defaultdict(list)
    try:
        people = refused_people(cluster)
        for _server in cluster.servers:
            once()  # the first ones also start what starts once
        for _round in range(rounds):
            tried = [once() for _try in range(tries)]
            for reason in people:
                took[reason].append([each[reason] for each in tried])
    finally:
        cluster.stop()
    return took


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
