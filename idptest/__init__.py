"""idptest: tells a Swedish municipality, before its pupils and teachers find out, whether its identity provider is right."""

__version__ = "0.1.0"
