"""What crosses the network between a portal and an authenticator, as pure functions.

Bytes and values in, values out: keys, randomness and the time are arguments, nothing here knows a database,
a framework or a clock. The law is ``docs/protocol.md``; each module names the standards it follows.

=============  ==================================================================================
`ocra`         question -> 8-digit response, and reading what people type (RFC 6287)
`statements`   what a key signs, and how it is checked (RFC 7515, RFC 7518)
`keys`         public keys as JWK, their names and their signatures (RFC 7517, RFC 7638)
`activation`   activation codes: alphabet, reading, the address in the QR
`sealing`      secrets at rest bound to their row; codes and look-ups derived from a pepper
`jwe`          messages that one phone alone can open (RFC 7516, RFC 7518)
`webpush`      what is pushed to a phone, and who pushes it (RFC 8291, RFC 8292)
`encoding`     base64url, strict JSON, canonical JSON (RFC 4648, RFC 8259, RFC 8785)
`typed`        what is left of typed text once blanks and dashes are gone
`errors`       the one family of exceptions
=============  ==================================================================================
"""
