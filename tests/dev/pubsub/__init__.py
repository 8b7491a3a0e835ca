"""The stand-in for Pub/Sub, with the real clients on one side and a real HTTP endpoint on the other."""
