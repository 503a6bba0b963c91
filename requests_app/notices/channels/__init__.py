"""The ways by which words leave the site. Each has one ``send`` that ends in a receipt or in one of two exceptions."""


class ChannelDown(Exception):
    """Nobody took the message in, or nobody knows: send the same message with the same key again later."""


class ChannelRefused(Exception):
    """This message will never be taken in, however often it is sent."""
