"""Files into records: reading cells, matching, checking, writing. The screens are in admin/screens/imports.py."""
