"""The program: `idptest`, or `python -m idptest`."""

from __future__ import annotations

import sys


def main() -> None:
    try:
        from idptest.cli import main as cli
    except KeyboardInterrupt:  # while click was being imported; later ones are seen to there
        sys.stderr.write("\ninterrupted\n")
        sys.exit(130)
    cli()


if __name__ == "__main__":
    main()
