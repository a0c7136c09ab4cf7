"""How what we know is used."""
