"""What text is made of: sentences, words, scripts, and what must not be torn (prices, dates, addresses). Pure."""
