"""The pages, one in each module: what it shows (`show`), what it does (`act`), and its row of the table (`PAGE`)."""
