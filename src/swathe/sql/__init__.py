"""From a template to statements: render, parse, prune, fingerprint, compile. Pure."""
