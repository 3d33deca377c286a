"""`make run`: a whole virtual installation, and a live view of it in the terminal."""
