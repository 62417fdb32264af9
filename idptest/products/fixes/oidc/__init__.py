"""Data: what to change in which OpenID provider, a file each; as the files beside this folder, which are about SAML."""
