"""Mutation testing: one small change of the code at a time, and the tests that reach it have to see it.

The changes are mutmut's, with three of our own: a call that is left out, a condition turned round, a decorator taken
away. The runner is ours, because mutmut 3 passes over decorated functions and everything outside of functions (here:
transactions and the tables of moves), and because its processes would share one test database.

One process loads the tests and makes the database. For each change it forks, puts the changed code into the functions
that are already there, and runs the tests that have been seen to execute the line, the quickest first, until one fails.
"""
