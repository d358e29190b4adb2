"""Linear maps dX ↦ dY: apply, adjoint, matrix. The table that every rule rests on."""
