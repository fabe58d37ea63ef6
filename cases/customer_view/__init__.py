"""What the customer pages show, read in few bounded statements. Reads only."""
