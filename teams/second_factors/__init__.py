"""What a person proves themselves with beside their password: time codes, passkeys, recovery codes.

A person who has one is always asked for it; a team can ask it of everybody, or of those who decide. Nothing here signs
anybody in: `teams/second_factors/halfway.py` keeps who has shown their password only.
"""
