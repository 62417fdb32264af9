"""The program: `idptest`, or `python -m idptest`."""

from __future__ import annotations


def main() -> None:
    from idptest.cli import main as cli

    cli()


if __name__ == "__main__":
    main()
