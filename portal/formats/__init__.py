"""How Django writes times, in the administration: to the second and with the zone, as in the record."""
