"""The journey of a case: the table of steps, the one door that takes them, and its clocks."""
