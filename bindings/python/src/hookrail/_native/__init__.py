"""Everything that touches the native library."""
