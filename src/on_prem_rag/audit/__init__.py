"""The audit log: who did what, in a chain that shows when it was touched."""
