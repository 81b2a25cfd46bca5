"""Real files are not part of the project: their licences differ. TEST_DATA names the folder where they are."""

import os

collect_ignore = [] if "TEST_DATA" in os.environ else ["test_real_files.py"]
