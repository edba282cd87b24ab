"""From files to a candidate release: discovery, loading, splitting, the effective view and the pipeline."""
