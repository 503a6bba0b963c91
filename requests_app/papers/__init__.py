"""Official papers: who may issue which, and what each says."""
