"""How much of personal data somebody sees who has no need for the rest."""


def mask_name(name):
    """The family name alone: 李建国 → 李**; an empty text stays empty."""
    return name[:1] + "**" if name else ""


def mask_phone(phone):
    """First three and last four digits: 138****5678; an empty text stays empty."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def mask_email(address):
    """The first sign and the host: z***@example.org; an empty text stays empty."""
    name, _sign, host = address.rpartition("@")
    return f"{name[:1]}***@{host}" if address else ""


def mask_room(room):
    """Nothing of a room number but that there is one."""
    return "***" if room else ""
