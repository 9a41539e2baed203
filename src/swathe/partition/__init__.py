"""How a table is cut: ordinals, keys, schemes and windows. Pure."""
