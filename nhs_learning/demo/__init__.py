"""The demonstration trusts, lived through by the domain's own verbs. Nothing of it is clinical advice."""
