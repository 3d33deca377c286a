"""The first thing the board runs. Depends on nothing of ours."""

import gc
import sys

# Collect early: a heap that grows takes memory that the radio needs.
gc.threshold(32768)
if "/lib" not in sys.path:
    sys.path.append("/lib")
