"""One adapter for each database, and the protocol that the rest of swathe knows them by."""
