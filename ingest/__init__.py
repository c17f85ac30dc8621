"""How texts come in: source packs in, stored passages out."""
