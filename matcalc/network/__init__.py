"""Networks: named equations with checked shapes, and their change of convention."""
