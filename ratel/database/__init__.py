"""Django's PostgreSQL backend, and a watch over it: nobody waits for a database that does not answer."""
