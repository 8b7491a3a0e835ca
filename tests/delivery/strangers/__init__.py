"""Promise 7: nobody gets in who does not belong. What makes a token good is tested in `tests/auth`."""
