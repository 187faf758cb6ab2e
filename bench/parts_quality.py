"""How right the daemon's judgements are, on pairs that people labelled."""

import quality_duplicates
import quality_imports
import quality_ingest
import quality_match
import quality_similar

# What is measured, in this order; each takes the bench and adds figures.
MEASURES = [quality_match.run, quality_duplicates.run, quality_imports.run,
            quality_similar.run, quality_ingest.run]


def run(bench):
    for measure in MEASURES:
        measure(bench)
