"""What a procedure is: reads, normalises and checks diagrams; FEEL; decision tables."""
