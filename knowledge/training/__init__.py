"""How the embedded judge's weights are made. Developers' tools: not part of the installed package."""
