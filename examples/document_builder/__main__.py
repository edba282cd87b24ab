"""Run the builder: `python -m examples.document_builder [BRAND]`."""

import sys

from examples.document_builder.building import main

if __name__ == "__main__":
    sys.exit(main())
