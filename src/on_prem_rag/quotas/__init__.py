"""Counting what is limited, in SQL, so that it holds whichever replica is asked."""
