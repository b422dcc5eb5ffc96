"""How you prove it: keys, challenges, codes, the authenticator, and the road of a sign-in.

The words of this room:

desk            the browser that wants to sign in
authenticator   one installation on one phone (one browser profile); may hold keys of several people
key             one person's key on one authenticator; a person has at most one that is active
activation code twelve characters below the QR that bring a key and a person together, once
challenge       a question put to a key: "is this you signing in?"
question        its six digits
answer          the signed verdict, sent over the network
response        the eight digits a person can carry by hand
hop             one stage of a challenge's way to the phone: sent, received, shown, opened
"""
