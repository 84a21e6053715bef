"""What a case shows: who holds it, what is missing, how its clock stands. Pure."""
