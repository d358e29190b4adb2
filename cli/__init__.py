"""The command line. Commands read options, call the engine and write; no mathematics."""
