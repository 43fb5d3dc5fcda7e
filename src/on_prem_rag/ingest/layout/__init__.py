"""From words with boxes to blocks in reading order; knows nothing of file formats."""
