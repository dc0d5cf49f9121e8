"""The cases of verify.json and sign.json."""
