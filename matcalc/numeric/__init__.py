"""Values: entrywise functions on arrays, evaluation, sampling."""
