"""The memories that an evaluation compares, one file each, behind one port."""
