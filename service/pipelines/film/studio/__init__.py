"""How a film is made, whoever provides its parts."""
