"""Demo people and demo cases: the real journey, walked with moments of the past sixty days."""
