"""What a film costs, and how its parts are bought.

Read in this order: `prices` (what each model costs), `plan` (the best pictures a job can pay for), `orders` (how one
thing is bought, and what happens to an order that may or may not have been accepted), `account` (what a job may spend
and has spent). May import `script`, never `providers` or `studio`.
"""
