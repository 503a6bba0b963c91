"""Joint meetings and promises: agendas built by rules, sittings, resolutions, minutes, the ledger."""
