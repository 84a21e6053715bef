"""What this machine does, as ratios taken in one run: never bare times alone."""
