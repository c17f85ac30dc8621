"""What we know and how we reason over it: sources in, cited verdicts and answers out."""
