"""The assembly that everybody's tutorial leads to, small and honest: what our figures are read beside.

Django's own handler and middleware, Daphne, Channels with AuthMiddlewareStack and its usual Redis layer, sessions in
the database, Django's default Argon2. It does of a sign-in by approval what cannot be left out, and nothing for safety.
"""
