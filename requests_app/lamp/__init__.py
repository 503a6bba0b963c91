"""An honest lamp: signals on units, counted every night, explained by the unit and judged by a supervisor."""
