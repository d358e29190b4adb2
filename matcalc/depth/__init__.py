"""Networks of any depth: templates with loops, unrolled at a depth or derived for all."""
