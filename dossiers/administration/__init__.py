"""What keeps an installation: bodies over time, accounts and offices, days off and what they move.

Calls the operations of the rooms below and shows beforehand what they would do; knows no page.
"""
