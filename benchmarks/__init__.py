"""What swathe costs over the engine itself.

    make bench                  everything, medians of 5
    make bench ONLY=duckdb      one part; RUNS=1 and SCALE=0.1 for a quick look
    make bench ONLY=peers       SQLMesh and dbt, which are installed for it; only where it is named
    make bench WRITE=docs/performance.md    also puts the tables into that page, each in the place of an earlier one

Each part prints rows: what was done, how long swathe took as a whole process, how long the same takes by hand, and the
ratio, all measured in one run on one machine.
"""
