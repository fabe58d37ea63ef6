"""What the case pages show, read in few bounded statements and prepared as frozen values. Reads only."""
