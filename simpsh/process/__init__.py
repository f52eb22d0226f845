"""Tools for working with processes: making, collecting, looking, and asking what they wait for."""
