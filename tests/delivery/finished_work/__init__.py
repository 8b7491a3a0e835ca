"""Promise 2: finished work is not done again: checkpoints, parts, rounds, and orders that are paid for once."""
