"""What a sandbox has besides its team's pack: scenarios whose decision is known beforehand, and simulated trouble.

Scenarios are ordinary rules, customers and policy, written when the sandbox is prepared; nothing that decides knows them.
"""
