"""The benchmark: each figure that the house promises beside its floor, measured in the same run."""
