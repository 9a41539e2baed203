"""`python -m swathe` is the same as `swathe`."""

from swathe.cli.main import main

if __name__ == "__main__":
    main()
