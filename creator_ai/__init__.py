"""The roof: wiring only; no models, no business rule."""
