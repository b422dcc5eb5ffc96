"""What a process that hashes passwords is told before it starts: nothing that runs in it can set this any more.

Each hash takes 19 MiB. Left to itself the C library keeps that for each thread that ever hashed one. Told to take it
from the system and to give it back, it does so in huge pages, which costs no more time than to keep it.
"""

GIVEN_BACK = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1048576"}
