"""Answer requests over HTTP with published tasks.

    python tools/serve.py pets=published/pets-1a2b3c4d roads=https://...
"""
from protune_mm.cli.serve import main

if __name__ == '__main__':
    main()
