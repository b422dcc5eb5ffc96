"""The measurements: `python -m bench` runs all of them and prints one table, `python -m bench cpu` only one.

They start a real server of their own, with a database and people of their own, and leave nothing behind. They assert
nothing: a figure is read beside the others of the same run, and above all as the ratio that the table gives.
"""
