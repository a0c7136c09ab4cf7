"""Pages of routines, of how they are done and of how guidance is used."""
