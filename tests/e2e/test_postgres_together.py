"""Several processes on one PostgreSQL database: they share the work, and each says what it did, waited for and left."""
