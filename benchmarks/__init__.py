"""What the figures in RESULTS.md come from; each program prints ratios measured in one run."""
