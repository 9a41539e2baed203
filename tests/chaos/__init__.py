"""Whatever happens, nothing is lost: backfills are killed, cut off and run into each other at random, and after each
round every table is held against a full refresh and every record against its rows.

    make chaos ROUNDS=500 SEED=1

A round: the sources or the models change, a few commands run side by side, and a few things happen to them or to the
server meanwhile. A reader looks on all the time. Then one undisturbed backfill must make everything true.
"""
