"""What administrators change at run time: in SQL, audited, the same for every replica."""
