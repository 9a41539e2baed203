"""PostgreSQL, the shared warehouse, through psycopg 3. The only folder that imports its driver."""
