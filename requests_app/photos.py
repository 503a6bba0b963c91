"""Pictures from residents and crews: cleaned before anything keeps them."""


def store_photos(photos, **fields):
    """Keep cleaned pictures as Photo rows with ``fields``; the rows."""
    return [photo.store(**fields) for photo in photos]
