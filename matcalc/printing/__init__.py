"""How expressions and derivations are written. Printers read; they compute nothing."""
