"""Who you are: people, the sign-in in progress, counters, and the record of what happened.

`lifecycle` and `policy` are the bedrock; `models` are the rows; `limits` and `audit` guard and remember;
`pending` holds a sign-in that has not finished, and is the only door to a session.
"""
