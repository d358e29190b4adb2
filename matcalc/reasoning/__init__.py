"""Ways of reasoning: how each use of a variable is argued, step by step."""
